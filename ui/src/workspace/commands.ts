// What the command bar offers in the Workspace.
import CircleCheck from "@lucide/svelte/icons/circle-check";
import Circle from "@lucide/svelte/icons/circle";
import Coffee from "@lucide/svelte/icons/coffee";
import Keyboard from "@lucide/svelte/icons/keyboard";
import Hand from "@lucide/svelte/icons/hand";
import History from "@lucide/svelte/icons/history";
import MessageCircle from "@lucide/svelte/icons/message-circle";
import Moon from "@lucide/svelte/icons/moon";
import Sun from "@lucide/svelte/icons/sun";
import Monitor from "@lucide/svelte/icons/monitor";
import ArrowRightLeft from "@lucide/svelte/icons/arrow-right-left";
import StickyNote from "@lucide/svelte/icons/sticky-note";
import { session } from "../api/session.svelte";
import type { AgentState, Conversation } from "../api/models";
import type { Command } from "../kit/command";
import { theme } from "../kit/theme.svelte";
import { m } from "../paraglide/messages.js";
import { presence } from "../presence/status.svelte";
import { router } from "../router.svelte";
import { accept, take } from "./actions";
import { stateWord } from "./states";
import { store } from "./store.svelte";
import { nameOf } from "./labels";

type Doings = { transfer: () => void; close: () => void; note: () => void; shortcuts: () => void };

export function commandsFor(current: Conversation | null, doings: Doings): Command[] {
  const here = m.group_here();
  const mine = current?.agent?.id === session.me?.user.id;
  const commands: Command[] = [];
  for (const offer of store.offers) {
    commands.push({
      id: `accept-${offer.id}`,
      group: m.list_offers(),
      label: m.accept_of({ name: nameOf(offer) }),
      shortcut: "Alt+Enter",
      icon: Hand,
      run: () => void accept(offer.id),
    });
  }
  if (current && current.state !== "closed") {
    if (mine || session.may("supervise")) {
      if (session.may("answer"))
        commands.push({
          id: "transfer",
          group: here,
          label: m.transfer(),
          shortcut: "Alt+T",
          icon: ArrowRightLeft,
          run: doings.transfer,
        });
      commands.push({
        id: "close",
        group: here,
        label: m.close_conversation(),
        shortcut: "Alt+C",
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
  if (current)
    commands.push({
      id: "note",
      group: here,
      label: m.add_note(),
      shortcut: "Alt+N",
      icon: StickyNote,
      run: doings.note,
    });
  for (const c of [...store.mine, ...store.waiting, ...store.others, ...store.closedToday]) {
    commands.push({
      id: c.id,
      group: m.conversations(),
      label: nameOf(c),
      hint: `${c.account.name} · ${stateWord(c.state)}`,
      icon: MessageCircle,
      run: () => void router.go(`/workspace/${c.id}`),
    });
  }
  if (session.status) {
    const group = m.call_center();
    const go = (id: AgentState, label: string, icon: typeof Circle) => {
      if (presence.current !== id)
        commands.push({ id, group, label, icon, run: () => void presence.set(id) });
    };
    go("online", m.go_online(), Circle);
    go("pause", m.go_pause(), Coffee);
    go("offline", m.go_offline(), Circle);
  }
  const looks = m.theme();
  if (session.may("answer"))
    commands.push({
      id: "history",
      group: m.group_go(),
      label: m.rail_history(),
      icon: History,
      run: () => void router.go("/history"),
    });
  commands.push(
    {
      id: "keys",
      group: m.group_go(),
      label: m.shortcuts(),
      shortcut: "?",
      icon: Keyboard,
      run: doings.shortcuts,
    },
    { id: "light", group: looks, label: m.theme_light(), icon: Sun, run: () => theme.choose("light") },
    { id: "dark", group: looks, label: m.theme_dark(), icon: Moon, run: () => theme.choose("dark") },
    { id: "system", group: looks, label: m.theme_system(), icon: Monitor, run: () => theme.choose("system") },
  );
  return commands;
}
