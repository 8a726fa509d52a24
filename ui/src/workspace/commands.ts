// What the command bar offers: on every page, for the conversation that is open, and what the server finds.
import CircleCheck from "@lucide/svelte/icons/circle-check";
import Circle from "@lucide/svelte/icons/circle";
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
import Zap from "@lucide/svelte/icons/zap";
import { api, sentenceOf } from "../api/client";
import { session } from "../api/session.svelte";
import type { AgentState, Contact, Conversation, QuickReply } from "../api/models";
import type { Command } from "../kit/command";
import { toasts } from "../kit/toasts.svelte";
import { theme } from "../kit/theme.svelte";
import { m } from "../paraglide/messages.js";
import { presence } from "../presence/status.svelte";
import { router } from "../router.svelte";
import { begin } from "../templates/begin.svelte";
import { accept, changeLabels, decline, take } from "./actions";
import { commandCentre } from "./command-centre.svelte";
import { labels } from "./label-list.svelte";
import { macros } from "./macros.svelte";
import { fill, quickReplies } from "./quick-replies.svelte";
import { keysOf } from "./shortcuts.svelte";
import { stateWord } from "./states";
import { store } from "./store.svelte";
import { nameOf } from "./labels";

type Doings = {
  transfer: () => void;
  close: () => void;
  note: () => void;
  /** puts a quick reply into the composer; undefined where nothing can be sent */
  insert: ((quick: QuickReply) => void) | undefined;
};

/** Everything that the bar offers without asking the server. */
export function commands(): Command[] {
  return [
    ...ofOffers(),
    ...commandCentre.ofPage,
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
export function commandsFor(current: Conversation, doings: Doings): Command[] {
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
      run: () => void Promise.resolve().then(() => commandCentre.show(() => labelsOf(current.id))),
    });
  // There may be many: they show up when they are searched.
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
    // A few are shown at once, the others when they are searched.
    ...(index >= 5 && { onlyFound: true }),
    run: () => void macros.run(current.id, macro),
  }));

const quickRepliesFor = (current: Conversation, insert: (quick: QuickReply) => void): Command[] =>
  quickReplies.items.map((quick) => ({
    id: `quick-${quick.id}`,
    group: m.quick_replies(),
    label: quick.title,
    hint: `/${quick.shortcut} ${fill(quick.text, current)}`,
    icon: MessageSquareText,
    onlyFound: true,
    // The bar gives the focus back first.
    run: () => void Promise.resolve().then(() => insert(quick)),
  }));

/** A choice of labels, to put on or take off. */
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

const inWorkspace = (c: Conversation): Command => ({
  id: c.id,
  group: m.conversations(),
  label: nameOf(c),
  hint: `${c.account.name} · ${stateWord(c.state)}`,
  icon: MessageCircle,
  run: () => void router.go(`/${c.state === "closed" ? "history" : "workspace"}/${c.id}`),
});

function ofConversations(): Command[] {
  return [...store.mine, ...store.waiting, ...store.others, ...store.closedToday].map((c) => ({
    ...inWorkspace(c),
    run: () => void router.go(`/workspace/${c.id}`),
  }));
}

/** What the server finds: conversations that are not loaded, and customers. */
export async function find(words: string): Promise<Command[]> {
  const query = { q: words, limit: 8 };
  const [conversations, contacts] = await Promise.all([
    api.get("/conversations", { query }),
    session.may("answer") ? api.get("/contacts", { query }) : { items: [] },
  ]);
  return [...conversations.items.map(inWorkspace), ...contacts.items.map(ofContact)];
}

const ofContact = (contact: Contact): Command => ({
  id: `contact-${contact.id}`,
  group: m.group_customers(),
  label: nameOf({ contact }),
  ...((contact.email ?? contact.phone) && { hint: contact.email ?? contact.phone ?? "" }),
  icon: User,
  run: () => void openContact(contact),
});

/** To what was said last with a customer. */
async function openContact(contact: Contact): Promise<void> {
  try {
    const { items } = await api.get("/contacts/{id}/conversations", {
      path: { id: contact.id },
      query: { limit: 1 },
    });
    const last = items[0];
    await router.go(last ? `/history/${last.id}` : `/history?q=${encodeURIComponent(contact.name ?? "")}`);
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
    ...commandCentre.admin.map((p) => place(p.href, p.label(), p.icon)),
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
    { id: "light", group, label: m.theme_light(), icon: Sun, run: () => theme.choose("light") },
    { id: "dark", group, label: m.theme_dark(), icon: Moon, run: () => theme.choose("dark") },
    { id: "system", group, label: m.theme_system(), icon: Monitor, run: () => theme.choose("system") },
  ];
}
