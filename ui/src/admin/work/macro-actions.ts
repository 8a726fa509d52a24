// What the actions of a macro are called, and what a new one holds.
import type { MacroAction } from "../../api/models";
import { m } from "../../paraglide/messages.js";

export type ActionType = MacroAction["type"];

const WORDS: Record<ActionType, () => string> = {
  reply: m.admin_macro_reply,
  note: m.admin_macro_note,
  label: m.admin_macro_label,
  transfer: m.admin_macro_transfer,
  snooze: m.admin_macro_snooze,
  close: m.admin_macro_close,
};

export const ACTION_TYPES = Object.keys(WORDS) as ActionType[];

export const actionWords = (type: ActionType): string => WORDS[type]();

export function blankAction(type: ActionType): MacroAction {
  switch (type) {
    case "reply":
    case "note":
      return { type, text: "" };
    case "label":
      return { type, add: [], remove: [] };
    case "snooze":
      return { type, seconds: 3600 };
    case "transfer":
    case "close":
      return { type };
  }
}
