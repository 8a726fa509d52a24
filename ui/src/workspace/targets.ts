// Whom a conversation can be handed to: a queue, or a colleague.
import { all } from "../api/client";
import type { Agent, Queue } from "../api/models";

export type Target = { kind: "queue"; queue: Queue } | { kind: "agent"; agent: Agent };

const RANK = { online: 0, pause: 1, offline: 2 };

/** Those that fit: queues first, then colleagues, who are online first. */
export async function readTargets(
  queueFits: (queue: Queue) => boolean,
  agentFits: (agent: Agent) => boolean,
): Promise<Target[]> {
  const [queues, agents] = await Promise.all([all("/queues"), all("/agents")]);
  return [
    ...queues.filter(queueFits).map((queue): Target => ({ kind: "queue", queue })),
    ...agents
      .filter((agent) => agent.active && agentFits(agent))
      .sort((a, b) => RANK[a.status] - RANK[b.status] || a.name.localeCompare(b.name))
      .map((agent): Target => ({ kind: "agent", agent })),
  ];
}

export const keyOf = (target: Target) =>
  target.kind === "queue" ? `q${target.queue.id}` : `a${target.agent.id}`;
export const nameOf = (target: Target) => (target.kind === "queue" ? target.queue.name : target.agent.name);

/** The target in a request. */
export const requestOf = (target: Target): { queue_id: string } | { agent_id: string } =>
  target.kind === "queue" ? { queue_id: target.queue.id } : { agent_id: target.agent.id };
