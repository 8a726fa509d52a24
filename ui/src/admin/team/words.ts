// What roles and statuses are called here, and whom a status may be set for.
import { api } from "../../api/client";
import type { Agent, AgentState, AgentStatus, Role } from "../../api/types";
import type { MenuItem } from "../../kit/Menu.svelte";
import { m } from "../../paraglide/messages.js";

export const roleName = (role: Role): string => ({ administrator: m.role_administrator(), supervisor: m.role_supervisor(), agent: m.role_agent() })[role];

export const roleOptions = (): { value: Role; label: string }[] => (["agent", "supervisor", "administrator"] as const).map((role) => ({ value: role, label: roleName(role) }));

export function statusName(agent: Agent): string {
  const name = { online: m.status_online(), pause: m.status_pause(), offline: m.status_offline() }[agent.status];
  return agent.status === "pause" && agent.cause ? m.admin_status_cause({ status: name, cause: agent.cause }) : name;
}

/** The three statuses as a menu; `done` gets what the server made of it. */
export function statusItems(agent: Agent, done: (agent: Agent) => void, failed: (error: unknown) => void): MenuItem[] {
  const names: Record<AgentState, () => string> = { online: m.status_online, pause: m.status_pause, offline: m.status_offline };
  return (Object.keys(names) as AgentState[]).map((status) => ({
    label: names[status](),
    checked: agent.status === status,
    run: () =>
      void api.put<AgentStatus>(`/agents/${agent.id}/status`, { status }).then(
        (now) => done({ ...agent, ...now }),
        failed,
      ),
  }));
}
