// What the event stream (GET /events) sends, as the OpenAPI document has it.
import type { components } from "./schema";

type Sent = components["schemas"]["LiveEvent"];
/** The data of each event; the key is the SSE event name. */
export type LiveEvents = { [E in Sent as E["event"]]: E["data"] };
export type LiveEventName = keyof LiveEvents;
export type LiveEvent = { [N in LiveEventName]: { name: N; data: LiveEvents[N] } }[LiveEventName];
