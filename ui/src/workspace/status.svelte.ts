// Going online, on pause and offline from any place (switch, menu, command bar).
import { sentenceOf } from "../api/client";
import { session } from "../api/session.svelte";
import type { AgentState } from "../api/models";
import { toasts } from "../kit/toasts.svelte";
import * as ring from "./ring";

export async function setStatus(next: AgentState, cause?: string): Promise<void> {
  if (next === "online") {
    // This runs inside a press, the only moment when a browser lets us ask for sound and notices.
    ring.unlock();
    if ("Notification" in window && Notification.permission === "default")
      void Notification.requestPermission();
  }
  try {
    await session.setStatus(next, cause);
  } catch (error) {
    toasts.show(sentenceOf(error), { tone: "alarm" });
  }
}
