// The actions of an agent on a conversation. Each reports errors in a toast.
import { api, Problem, sentenceOf } from "../api/client";
import { clock } from "../api/clock.svelte";
import { session } from "../api/session.svelte";
import type { Conversation } from "../api/models";
import { ask } from "../kit/ask.svelte";
import { dayAndTime } from "../kit/format";
import { toasts } from "../kit/toasts.svelte";
import { m } from "../paraglide/messages.js";
import { router } from "../router.svelte";
import { canBeReached, nameOf } from "./labels";
import { holderName } from "./thread-events";
import { store } from "./store.svelte";

export type TransferTo = { queue_id: string } | { agent_id: string };

/** Puts the response of an action into the store. */
async function stored(answer: Promise<Conversation>): Promise<Conversation> {
  const conversation = await answer;
  store.put(conversation);
  return conversation;
}

export function tell(error: unknown): void {
  toasts.show(sentenceOf(error), { tone: "alarm" });
}

export async function accept(id: string): Promise<void> {
  try {
    await stored(api.post("/conversations/{id}/accept", { path: { id } }));
    await router.go(`/workspace/${id}`);
  } catch (error) {
    // Being too late is not an error: the server returns 409 or, after a minute, 404.
    if (error instanceof Problem && (error.status === 409 || error.status === 404)) {
      store.endOffer(id);
      toasts.show(m.offer_taken());
      void store.fetch(id).catch(() => {});
    } else tell(error);
  }
}

export async function decline(id: string): Promise<void> {
  try {
    await stored(api.post("/conversations/{id}/decline", { path: { id } }));
  } catch (error) {
    if (error instanceof Problem && (error.status === 409 || error.status === 404))
      void store.fetch(id).catch(() => {});
    else tell(error);
  }
  store.endOffer(id);
}

const shownOffers = new Set<string>();

/** A screen shows the offer that lasts until then: from now on it can be missed. Reported once. */
export function tellShown(id: string, until: string): void {
  const offer = `${id} ${until}`;
  if (shownOffers.has(offer)) return;
  shownOffers.add(offer);
  api.post("/conversations/{id}/offer-shown", { path: { id } }).catch((error: unknown) => {
    // An offer that is over needs no report; one that did not arrive is reported again.
    if (!(error instanceof Problem)) shownOffers.delete(offer);
  });
}

/** Cancels a transfer, for its sender. */
export async function takeBack(id: string): Promise<void> {
  try {
    await stored(api.post("/conversations/{id}/decline", { path: { id } }));
  } catch (error) {
    tell(error);
  }
}

/** Closes a conversation, or ends its wrap-up. The caller shows errors. */
export async function close(id: string, reason: string): Promise<void> {
  const before = store.conversations.get(id)?.state;
  const closed = await stored(
    api.post("/conversations/{id}/close", { path: { id }, body: { reason: reason || null } }),
  );
  void session.refresh().catch(() => {});
  // The end of a wrap-up is not a close: the customer was informed before.
  if (before !== "wrap_up" && canBeReached(closed))
    toasts.show(m.closed_of({ name: nameOf(closed) }), {
      action: { label: m.undo(), run: () => void reopen(id) },
    });
}

/** Reopens a closed conversation, and opens its page. */
export async function reopen(id: string): Promise<void> {
  try {
    await stored(api.post("/conversations/{id}/reopen", { path: { id } }));
    void session.refresh().catch(() => {});
    await router.go(`/workspace/${id}`);
  } catch (error) {
    tell(error);
  }
}

export async function transfer(id: string, to: TransferTo, note: string): Promise<string | null> {
  try {
    const { offer } = await stored(
      api.post("/conversations/{id}/transfer", { path: { id }, body: note ? { ...to, note } : to }),
    );
    if (offer) {
      toasts.show(m.transfer_offered({ agent: offer.agent_name }), {
        tone: "ok",
        action: { label: m.take_back(), run: () => void takeBack(id) },
      });
    } else toasts.show(m.transfer_done(), { tone: "ok" });
    return null;
  } catch (error) {
    return sentenceOf(error);
  }
}

/** Snoozes it until then; null means until the customer writes. Returns whether it succeeded. */
export async function snooze(id: string, until: string | null): Promise<boolean> {
  try {
    const c = await stored(api.post("/conversations/{id}/snooze", { path: { id }, body: { until } }));
    const when = c.snoozed_until && dayAndTime(c.snoozed_until, clock.exact());
    toasts.show(when ? m.snoozed_until({ when }) : m.snoozed_waiting(), {
      action: { label: m.undo(), run: () => void endSnooze(id) },
    });
    return true;
  } catch (error) {
    tell(error);
    return false;
  }
}

export async function endSnooze(id: string): Promise<void> {
  try {
    await stored(api.delete("/conversations/{id}/snooze", { path: { id } }));
    await router.go(`/workspace/${id}`);
  } catch (error) {
    tell(error);
  }
}

export async function extendWrapUp(id: string): Promise<void> {
  try {
    await stored(api.post("/conversations/{id}/extend-wrap-up", { path: { id } }));
  } catch (error) {
    tell(error);
  }
}

/** Ends my part in a colleague's conversation, or that of a colleague in mine. */
export async function leave(id: string, colleague?: string): Promise<void> {
  try {
    const body = colleague ? { agent_id: colleague } : null;
    const after = await stored(api.post("/conversations/{id}/leave", { path: { id }, body }));
    if (!colleague && after.agent?.id !== session.me?.user.id) await router.go("/workspace");
  } catch (error) {
    tell(error);
  }
}

export async function take(conversation: Conversation): Promise<void> {
  if (conversation.agent && conversation.agent.id !== session.me?.user.id) {
    const yes = await ask({
      title: m.take_title(),
      text: m.take_text({ agent: conversation.agent.name }),
      yes: m.take_over(),
    });
    if (!yes) return;
  }
  try {
    await stored(api.post("/conversations/{id}/take", { path: { id: conversation.id } }));
  } catch (error) {
    tell(error);
  }
}

/** Takes the conversation from the app that answers in it, or transfers it to Meta's own inbox, after a question. */
export async function control(conversation: Conversation, action: "take" | "pass"): Promise<void> {
  const words =
    action === "take"
      ? {
          title: m.held_take_title(),
          text: m.held_take_text({
            name: conversation.held_by ? holderName(conversation.held_by) : m.someone(),
          }),
          yes: m.held_take(),
        }
      : { title: m.hand_to_inbox_title(), text: m.hand_to_inbox_text(), yes: m.hand_to_inbox() };
  if (!(await ask(words))) return;
  try {
    await stored(
      api.post("/conversations/{id}/control", { path: { id: conversation.id }, body: { action } }),
    );
  } catch (error) {
    tell(error);
  }
}

export async function changeLabels(
  id: string,
  changes: { add?: string[]; remove?: string[] },
): Promise<void> {
  try {
    const body = { add: [], remove: [], ...changes };
    await stored(api.post("/conversations/{id}/labels", { path: { id }, body }));
  } catch (error) {
    tell(error);
  }
}

/** `mentioned` reads the ids of those whom it mentions. */
export async function addNote(
  id: string,
  text: string,
  mentioned?: () => Promise<string[]>,
): Promise<boolean> {
  try {
    const mentions = (await mentioned?.()) ?? [];
    const body = mentions.length ? { text, mentions } : { text };
    await stored(api.post("/conversations/{id}/notes", { path: { id }, body }));
    void store.thread(id).load();
    return true;
  } catch (error) {
    tell(error);
    return false;
  }
}

/** Resends a message that may have arrived already, after a warning. */
export async function sendAgain(conversationId: string, messageId: string): Promise<void> {
  const yes = await ask({ title: m.uncertain_title(), text: m.uncertain_text(), yes: m.send_again() });
  if (yes) await retry(conversationId, messageId);
}

export async function retry(conversationId: string, messageId: string): Promise<void> {
  try {
    await store.thread(conversationId).retry(messageId);
  } catch (error) {
    tell(error);
  }
}

export async function withdraw(conversationId: string, messageId: string): Promise<void> {
  try {
    await store.thread(conversationId).cancel(messageId);
  } catch (error) {
    tell(error);
  }
}

export async function reschedule(conversationId: string, messageId: string, at: string): Promise<void> {
  try {
    await store.thread(conversationId).reschedule(messageId, at);
  } catch (error) {
    tell(error);
  }
}

export async function react(conversationId: string, messageId: string, emoji: string | null): Promise<void> {
  try {
    await store.thread(conversationId).react(messageId, emoji);
  } catch (error) {
    tell(error);
  }
}

const lastRead = new Map<string, string>();

/** Reports to the server how far we have read; once per message. */
export function markRead(id: string, messageId: string): void {
  if (lastRead.get(id) === messageId) return;
  lastRead.set(id, messageId);
  api
    .post("/conversations/{id}/read", { path: { id }, body: { message_id: messageId } })
    .catch(() => lastRead.delete(id));
}

let typedAt = 0;

export function tellTyping(id: string): void {
  if (Date.now() - typedAt < 5_000) return;
  typedAt = Date.now();
  api.post("/conversations/{id}/typing", { path: { id } }).catch(() => {});
}
