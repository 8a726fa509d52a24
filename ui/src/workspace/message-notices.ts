// Notifies the user when a customer writes in one of their conversations while this tab is not visible.
import { settings } from "../api/settings.svelte";
import { m } from "../paraglide/messages.js";
import { closeNotice, notify } from "../presence/notify";
import * as ring from "../presence/ring";
import type { Conversation } from "../api/models";
import { nameOf } from "./labels";

/** The number of unread messages in each at the last check. */
let known = new Map<string, number>();

/** Called with one's own conversations whenever one of them changes. */
export function tellMessages(mine: Conversation[]): void {
  const before = known;
  known = new Map(mine.map((c) => [c.id, c.unread]));
  let rang = false;
  for (const c of mine) {
    const was = before.get(c.id) ?? c.unread;
    if (c.unread === 0 && was > 0) void closeNotice(`message-${c.id}`);
    if (c.unread <= was || !document.hidden) continue;
    if (!rang && settings.rings("messages")) ring.chime();
    rang = true;
    // Who, but not what: a locked screen shows notices to everyone.
    if (settings.shows("messages"))
      void notify(`message-${c.id}`, {
        title: nameOf(c),
        body: m.notice_message(),
        path: `/workspace/${c.id}`,
      });
  }
}
