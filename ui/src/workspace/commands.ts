// The commands in the command bar: on every page, for the open conversation, and results of the server's search.
import ChartLine from "@lucide/svelte/icons/chart-line";
import CircleCheck from "@lucide/svelte/icons/circle-check";
import AlarmClock from "@lucide/svelte/icons/alarm-clock";
import Circle from "@lucide/svelte/icons/circle";
import CircleUser from "@lucide/svelte/icons/circle-user";
import Coffee from "@lucide/svelte/icons/coffee";
import Keyboard from "@lucide/svelte/icons/keyboard";
import CircleX from "@lucide/svelte/icons/circle-x";
import Hand from "@lucide/svelte/icons/hand";
import History from "@lucide/svelte/icons/history";
import MessagesSquare from "@lucide/svelte/icons/messages-square";
import MessageCircle from "@lucide/svelte/icons/message-circle";
import MessageCirclePlus from "@lucide/svelte/icons/message-circle-plus";
import MessageSquareText from "@lucide/svelte/icons/message-square-text";
import Moon from "@lucide/svelte/icons/moon";
import Sun from "@lucide/svelte/icons/sun";
import Monitor from "@lucide/svelte/icons/monitor";
import ArrowRightLeft from "@lucide/svelte/icons/arrow-right-left";
import StickyNote from "@lucide/svelte/icons/sticky-note";
import Tag from "@lucide/svelte/icons/tag";
import User from "@lucide/svelte/icons/user";
import UserPlus from "@lucide/svelte/icons/user-plus";
import Zap from "@lucide/svelte/icons/zap";
import { visible } from "../admin/nav";
import { api, sentenceOf } from "../api/client";
import { session } from "../api/session.svelte";
import { settings } from "../api/settings.svelte";
import type { AgentState, Conversation, QuickReply } from "../api/models";
import type { Command } from "../kit/command";
import { toasts } from "../kit/toasts.svelte";
import { m } from "../paraglide/messages.js";
import { presence } from "../presence/status.svelte";
import { router } from "../router.svelte";
import { begin } from "../templates/begin.svelte";
import { accept, changeLabels, decline, endSnooze, take } from "./actions";
import { commandCentre } from "./command-centre.svelte";
import { labels } from "./label-list.svelte";
import { macros } from "./macros.svelte";
import { fill, quickReplies } from "./quick-replies.svelte";
import { keysOf } from "./shortcuts.svelte";
import { stateWord } from "./states";
import { store } from "./store.svelte";
import { isAside, nameOf } from "./labels";

export type Doings = {
  snooze: () => void;
  transfer: () => void;
  invite: () => void;
  close: () => void;
  note: () => void;
  /** puts a quick reply into the composer; undefined where nothing can be sent */
  insert: ((quick: QuickReply) => void) | undefined;
};

/** All commands that need no request to the server. */
export function commands(): Command[] {
  return [
    ...ofOffers(),
    ...commandCentre.shown.flatMap(({ conversation, doings }) => commandsFor(conversation, doings)),
    ...ofBeginning(),
    ...ofConversations(),
    ...ofPresence(),
    ...places(),
    ...looks(),
  ];
}

function ofOffers(): Command[] {
  return store.offers.flatMap((offer, i) => [
    {
      id: `accept-${offer.id}`,
      group: m.list_offers(),
      label: m.accept_of({ name: nameOf(offer) }),
      ...(i === 0 && { shortcut: keysOf("accept") }),
      icon: Hand,
      run: () => void accept(offer.id),
    },
    {
      id: `decline-${offer.id}`,
      group: m.list_offers(),
      label: m.decline_of({ name: nameOf(offer) }),
      ...(i === 0 && { shortcut: keysOf("decline") }),
      icon: CircleX,
      run: () => void decline(offer.id),
    },
  ]);
}

/** For the conversation that is open. */
function commandsFor(current: Conversation, doings: Doings): Command[] {
  const here = m.group_here();
  const mine = current.agent?.id === session.me?.user.id;
  const commands: Command[] = [];
  if (current.state !== "closed") {
    if (mine || session.may("supervise")) {
      if (session.may("answer"))
        commands.push({
          id: "transfer",
          group: here,
          label: m.transfer(),
          shortcut: keysOf("transfer"),
          icon: ArrowRightLeft,
          run: doings.transfer,
        });
      if (mine && session.may("answer") && current.state !== "wrap_up")
        commands.push(
          isAside(current)
            ? {
                id: "snooze-end",
                group: here,
                label: m.snooze_end(),
                icon: AlarmClock,
                run: () => void endSnooze(current.id),
              }
            : {
                id: "invite",
                group: here,
                label: m.invite(),
                shortcut: keysOf("invite"),
                icon: UserPlus,
                run: doings.invite,
              },
          {
            id: "snooze",
            group: here,
            label: m.snooze(),
            shortcut: keysOf("snooze"),
            icon: AlarmClock,
            // The bar gives the focus back first.
            run: () => void Promise.resolve().then(doings.snooze),
          },
        );
      commands.push({
        id: "close",
        group: here,
        label: m.close_conversation(),
        shortcut: keysOf("close"),
        icon: CircleCheck,
        run: doings.close,
      });
    }
    const waits = current.state === "queued" && session.status !== null;
    if (!mine && (session.may("supervise") || waits))
      commands.push({
        id: "take",
        group: here,
        label: waits ? m.take() : m.take_over(),
        icon: Hand,
        run: () => void take(current),
      });
  }
  commands.push({
    id: "note",
    group: here,
    label: m.add_note(),
    shortcut: keysOf("note"),
    icon: StickyNote,
    run: doings.note,
  });
  if (session.may("answer") && labels.items.length > 0)
    commands.push({
      id: "label",
      group: here,
      label: m.label_change(),
      shortcut: keysOf("label"),
      icon: Tag,
      // The bar closes first.
      run: () => void Promise.resolve().then(() => commandCentre.show(current.id)),
    });
  // There may be many: they only appear in a search.
  if (session.may("answer"))
    commands.push(...labelsOf(current.id).map((command) => ({ ...command, onlyFound: true })));
  if (mine && current.state === "active") commands.push(...macrosFor(current));
  if (doings.insert) commands.push(...quickRepliesFor(current, doings.insert));
  return commands;
}

const macrosFor = (current: Conversation): Command[] =>
  macros.items.map((macro, index) => ({
    id: `macro-${macro.id}`,
    group: m.macros(),
    label: macro.name,
    icon: Zap,
    // A few are always shown, the others only in a search.
    ...(index >= 5 && { onlyFound: true }),
    run: () => void macros.run(current.id, macro),
  }));

const quickRepliesFor = (current: Conversation, insert: (quick: QuickReply) => void): Command[] =>
  quickReplies.of(current).map((quick) => ({
    id: `quick-${quick.id}`,
    group: m.quick_replies(),
    label: quick.title,
    hint: `/${quick.shortcut} ${fill(quick.text, current)}`,
    icon: MessageSquareText,
    onlyFound: true,
    // The bar gives the focus back first.
    run: () => void Promise.resolve().then(() => insert(quick)),
  }));

/** A list of labels to add or remove. */
export function labelsOf(id: string): Command[] {
  const carried = store.conversations.get(id)?.labels ?? [];
  return labels.items.map((label) => {
    const has = carried.some((own) => own.id === label.id);
    return {
      id: `label-${label.id}`,
      group: m.panel_labels(),
      label: has ? m.label_take_off({ name: label.name }) : m.label_put_on({ name: label.name }),
      icon: Tag,
      run: () => void changeLabels(id, has ? { remove: [label.id] } : { add: [label.id] }),
    };
  });
}

const ofConversation = (c: Conversation, room: string): Command => ({
  id: c.id,
  group: m.conversations(),
  label: nameOf(c),
  hint: `${c.account.name} · ${stateWord(c.state)}`,
  icon: MessageCircle,
  run: () => void router.go(`/${room}/${c.id}`),
});

function ofConversations(): Command[] {
  return [...store.mine, ...store.waiting, ...store.others, ...store.closedToday].map((c) =>
    ofConversation(c, "workspace"),
  );
}

/** What the server finds: conversations that are not loaded, and customers. */
export async function find(words: string): Promise<Command[]> {
  const found = (kind: "conversation" | "contact") =>
    api.get("/search", { query: { q: words, kind, limit: 8 } });
  const [conversations, contacts] = await Promise.all([
    found("conversation"),
    session.may("answer") ? found("contact") : { items: [] },
  ]);
  const all = {
    id: "everywhere",
    group: m.conversations(),
    label: m.search_in_history({ words }),
    icon: History,
    run: () => void router.go(`/history?q=${encodeURIComponent(words)}`),
  };
  return [
    ...conversations.items.flatMap(({ conversation: c, highlight, message }) =>
      c
        ? {
            ...ofConversation(c, c.state === "closed" ? "history" : "workspace"),
            ...(message && { marked: highlight }),
          }
        : [],
    ),
    ...(session.guest ? [] : [all]),
    ...contacts.items.map((item) => ofContact(item.contact)),
  ];
}

/** A contact as returned by the search. */
type Found = { id: string; name: string; phone: string | null; email: string | null };
const ofContact = (contact: Found): Command => ({
  id: `contact-${contact.id}`,
  group: m.group_customers(),
  label: contact.name,
  ...((contact.email ?? contact.phone) && { hint: contact.email ?? contact.phone ?? "" }),
  icon: User,
  run: () => void openContact(contact),
});

/** To the latest messages with a customer. */
async function openContact(contact: Found): Promise<void> {
  try {
    const { items } = await api.get("/contacts/{id}/conversations", {
      path: { id: contact.id },
      query: { limit: 1 },
    });
    const last = items[0];
    await router.go(last ? `/history/${last.id}` : `/history?q=${encodeURIComponent(contact.name)}`);
  } catch (error) {
    toasts.show(sentenceOf(error), { tone: "alarm" });
  }
}

function ofBeginning(): Command[] {
  if (!begin.possible) return [];
  const group = m.conversations();
  return [{ id: "begin", group, label: m.begin_title(), icon: MessageCirclePlus, run: () => begin.show() }];
}

function ofPresence(): Command[] {
  if (!session.status) return [];
  const go = (id: AgentState, label: string, icon: typeof Circle): Command[] =>
    presence.current === id
      ? []
      : [
          {
            id,
            group: m.call_center(),
            label,
            icon,
            ...((id === "pause" || (id === "online" && presence.current === "pause")) && {
              shortcut: keysOf("presence"),
            }),
            run: () => void presence.set(id),
          },
        ];
  return [
    ...go("online", m.go_online(), Circle),
    ...go("pause", m.go_pause(), Coffee),
    ...go("offline", m.go_offline(), Circle),
  ];
}

function places(): Command[] {
  const group = m.group_go();
  const place = (href: string, label: string, icon: Command["icon"]): Command => ({
    id: href,
    group,
    label,
    ...(icon && { icon }),
    run: () => void router.go(href),
  });
  const works = session.works && !session.guest;
  return [
    ...(session.works ? [place("/workspace", m.workspace(), MessagesSquare)] : []),
    ...(works ? [place("/history", m.rail_history(), History)] : []),
    ...(session.may("supervise") ? [place("/reports", m.rail_reports(), ChartLine)] : []),
    ...(session.administers
      ? visible().flatMap((g) => g.places.map((p) => place(p.href, p.label(), p.icon)))
      : []),
    ...(session.guest ? [] : [place("/me", m.my_settings(), CircleUser)]),
    {
      id: "keys",
      group,
      label: m.shortcuts(),
      shortcut: keysOf("help"),
      icon: Keyboard,
      run: () => (commandCentre.shortcuts = true),
    },
  ];
}

function looks(): Command[] {
  const group = m.theme();
  return [
    { id: "light", group, label: m.theme_light(), icon: Sun, run: () => settings.chooseTheme("light") },
    { id: "dark", group, label: m.theme_dark(), icon: Moon, run: () => settings.chooseTheme("dark") },
    {
      id: "system",
      group,
      label: m.theme_system(),
      icon: Monitor,
      run: () => settings.chooseTheme("system"),
    },
  ];
}
