// Every keyboard shortcut, defined once. The keys themselves, the sheet (?), tooltips and the command bar read this
// table; the code that handles a key registers it, so the sheet lists what works on the page that is open.
import { untrack } from "svelte";
import { m } from "../paraglide/messages.js";

type Entry = {
  /** as labelled on the keyboard; letters are found by their place, regardless of the layout */
  keys: string;
  what: () => string;
  group: "anywhere" | "conversation" | "writing" | "lists";
  /** only while no text is being typed */
  bare?: true;
  /** also while a dialog is open */
  overDialogs?: true;
  /** again and again while the key is held down */
  repeats?: true;
};

const table = {
  commands: { keys: "Ctrl+K", what: m.keys_commands, group: "anywhere" },
  help: { keys: "?", what: m.keys_help, group: "anywhere", bare: true },
  helpTyping: { keys: "Ctrl+/", what: m.keys_help_typing, group: "anywhere" },
  accept: { keys: "Alt+Enter", what: m.keys_accept, group: "anywhere", overDialogs: true },
  decline: { keys: "Alt+X", what: m.keys_decline, group: "anywhere", overDialogs: true },
  presence: { keys: "Alt+P", what: m.keys_pause, group: "anywhere" },
  next: { keys: "Alt+↓", what: m.keys_next, group: "conversation", repeats: true },
  previous: { keys: "Alt+↑", what: m.keys_previous, group: "conversation", repeats: true },
  nextWaiting: { keys: "Alt+W", what: m.keys_next_waiting, group: "conversation" },
  snooze: { keys: "Alt+S", what: m.snooze, group: "conversation" },
  transfer: { keys: "Alt+T", what: m.keys_transfer, group: "conversation" },
  invite: { keys: "Alt+V", what: m.invite, group: "conversation" },
  close: { keys: "Alt+C", what: m.keys_close, group: "conversation" },
  label: { keys: "Alt+L", what: m.keys_label, group: "conversation" },
  panel: { keys: "Alt+I", what: m.keys_panel, group: "conversation" },
  send: { keys: "Enter", what: m.keys_send, group: "writing" },
  newLine: { keys: "Shift+Enter", what: m.keys_newline, group: "writing" },
  quickReply: { keys: "/", what: m.keys_quick, group: "writing" },
  mention: { keys: "@", what: m.keys_mention, group: "writing" },
  reply: { keys: "Alt+R", what: m.keys_reply, group: "writing" },
  emoji: { keys: "Alt+E", what: m.keys_emoji, group: "writing" },
  note: { keys: "Alt+N", what: m.keys_note, group: "writing" },
  leave: { keys: "Esc", what: m.keys_escape, group: "writing" },
  rows: { keys: "↑+↓", what: m.keys_rows, group: "lists" },
  ends: { keys: "Home+End", what: m.keys_ends, group: "lists" },
  open: { keys: "Enter", what: m.keys_open, group: "lists" },
} satisfies Record<string, Entry>;

export type ShortcutId = keyof typeof table;
const entries = Object.entries(table) as [ShortcutId, Entry][];

/** Does it; `false` means that there was nothing to do here. `null` means that the focused element has the key itself. */
type Doing = (() => unknown) | null;
export type Doings = Partial<Record<ShortcutId, Doing>>;

export const keysOf = (id: ShortcutId): string => table[id].keys;

type Press = Pick<KeyboardEvent, "key" | "code" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "repeat">;

const ARROWS: Record<string, string> = { "↓": "ArrowDown", "↑": "ArrowUp" };

/** Whether these keys are pressed. Ctrl is also Cmd; AltGr, which types characters, is not Alt. */
export function pressed(keys: string, event: Press): boolean {
  const parts = keys.split("+");
  const key = parts.at(-1)!;
  const command = event.ctrlKey || event.metaKey;
  if (command !== parts.includes("Ctrl") || event.altKey !== parts.includes("Alt")) return false;
  if (/^[A-Z]$/.test(key)) return !event.shiftKey && event.code === `Key${key}`;
  // On many layouts signs need Shift, and on others their key types a letter.
  return (
    event.key === (ARROWS[key] ?? key) ||
    (key === "/" && !event.shiftKey && command && event.code === "Slash")
  );
}

class Shortcuts {
  private providers = $state.raw<Doings[]>([]);

  /** Adds what a component does until the returned function is called; an effect that calls it does not depend on others. */
  provide(doings: Doings): () => void {
    const others = () => untrack(() => this.providers).filter((other) => other !== doings);
    this.providers = [...others(), doings];
    return () => (this.providers = others());
  }

  /** What works now, in the order of the table. */
  get working(): [ShortcutId, Entry][] {
    return entries.filter(([id]) => this.providers.some((doings) => id in doings));
  }

  /** Acts on a key; says whether it was one of ours. */
  press(event: Press, { typing, dialog }: { typing: boolean; dialog: boolean }): boolean {
    const found = entries.find(
      ([id, entry]) => pressed(entry.keys, event) && (!entry.bare || !typing) && this.doing(id) !== undefined,
    );
    if (!found) return false;
    const [id, entry] = found;
    if (dialog && !entry.overDialogs) return false;
    // A key that is held down acts once, but is ours all the same.
    if (event.repeat && !entry.repeats) return true;
    return this.doing(id)!() !== false;
  }

  private doing(id: ShortcutId): (() => unknown) | undefined {
    return this.providers.findLast((doings) => doings[id])?.[id] ?? undefined;
  }
}

export const shortcuts = new Shortcuts();
