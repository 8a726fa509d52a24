// What a webhook's state and events are called.
import type { HookEvent, Webhook } from "../../api/models";
import { m } from "../../paraglide/messages.js";

export const EVENTS: { key: HookEvent; label: () => string }[] = [
  { key: "health.alarm", label: m.admin_hook_event_alarm },
  { key: "health.cleared", label: m.admin_hook_event_cleared },
  { key: "queue.alert", label: m.admin_hook_event_queue },
  { key: "flow.failed", label: m.admin_hook_event_flow },
  { key: "message.created", label: m.admin_hook_event_created },
  { key: "message.changed", label: m.admin_hook_event_changed },
  { key: "conversation.changed", label: m.admin_hook_event_conversation },
];

/** Host and path, which identify it. The part after "?" may be secret. */
export function address(hook: Pick<Webhook, "url">): string {
  try {
    const url = new URL(hook.url);
    return url.host + (url.pathname === "/" ? "" : url.pathname);
  } catch {
    return hook.url;
  }
}

export function state(hook: Pick<Webhook, "state">): {
  tone: "ok" | "wait" | "alarm" | "neutral";
  text: string;
} {
  switch (hook.state) {
    case "ok":
      return { tone: "ok", text: m.admin_hook_state_ok() };
    case "failing":
      return { tone: "wait", text: m.admin_hook_state_failing() };
    case "stopped":
      return { tone: "alarm", text: m.admin_hook_state_stopped() };
    case "off":
      return { tone: "neutral", text: m.admin_hook_state_off() };
    case "new":
      return { tone: "neutral", text: m.admin_hook_state_new() };
  }
}
