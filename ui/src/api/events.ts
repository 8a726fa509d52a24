// What the event stream (GET /events) sends; the key is the SSE event name. The OpenAPI document does not describe it.
import type { Agent, AgentStatus, Conversation, Message } from "./models";

export type OfferOutcome = "accepted" | "declined" | "missed" | "unseen" | "withdrawn";

/** What the event stream tells; the key is the SSE event name. */
export type LiveEvents = {
  message: { conversation_id: string; message: Message };
  conversation: { conversation_id: string; conversation?: Conversation; gone?: boolean };
  offer: { conversation_id: string; conversation: Conversation };
  offer_ended: { conversation_id: string; outcome: OfferOutcome };
  status: { status: AgentStatus; user_id: string };
  agent: { agent: Agent };
  queue: { queue: { id: string; name: string; waiting: number; online_agents: number } };
  presence: { user_id: string; present: boolean };
  typing: { conversation_id: string; typing: boolean };
  connect: { gateway_id: string; attempt_id: string; state: "pending" | "done" | "failed"; message: string };
  gateway: { gateway_id: string };
  reset: Record<string, never>;
};
export type LiveEventName = keyof LiveEvents;
export type LiveEvent = { [N in LiveEventName]: { name: N; data: LiveEvents[N] } }[LiveEventName];
