// The text of a queue's alert.
import type { QueueAlert } from "../api/models";
import { span } from "../kit/format";
import { m } from "../paraglide/messages.js";

export function alertWords(alert: QueueAlert): string {
  switch (alert.kind) {
    case "first_response_seconds":
      return m.live_alert_first({ queue: alert.queue, limit: span(alert.limit) });
    case "max_wait_seconds":
      return m.live_alert_wait({ queue: alert.queue, limit: span(alert.limit) });
    case "max_waiting":
      return m.live_alert_full({ queue: alert.queue, limit: alert.limit });
  }
}
