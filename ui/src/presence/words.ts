// The names of statuses, and why a user has a status that they did not choose.
import type { AgentStatus } from "../api/models";
import { m } from "../paraglide/messages.js";

/** The name by which the switch shows a status. */
export function statusName(status: AgentStatus | null): string {
  if (!status) return m.status_offline();
  if (status.status === "online") return m.status_online();
  if (status.status === "offline") return m.status_offline();
  if (status.cause) return status.cause;
  return status.reason === "missed_offers" ? m.status_break_out() : m.status_pause();
}

/** Why the user is offline or paused without having chosen it; null if there is nothing to explain. */
export function whyNotOnline(status: AgentStatus | null): string | null {
  if (!status || status.status === "online") return null;
  if (status.reason === "missed_offers") return m.why_missed();
  if (status.reason === "supervisor") {
    const by = status.by?.name ?? m.why_a_supervisor();
    return status.status === "pause" ? m.why_supervisor_pause({ by }) : m.why_supervisor({ by });
  }
  if (status.reason === "lost") return m.why_lost();
  if (status.reason === "signed_out") return m.why_signed_out();
  return null;
}
