// How a channel shows a node: titles cut to its limits, choices that do not fit omitted.
import type { Capabilities } from "../../api/models";
import type { FlowNode } from "./graph/types";

export type Part = { text: string; variable: boolean };
export type Preview = {
  text: string;
  parts: Part[];
  replies: string[];
  /** the choices are in a list and not under the message */
  list: boolean;
  /** choices that do not fit */
  dropped: number;
  template: unknown;
  /** there are cards, and the channel has none */
  noCards: boolean;
};

/** The text in pieces: variables show their name, because there is no customer to fill them; conditions are omitted. */
export function parts(text: string): Part[] {
  return text
    .replace(/\{%.*?%\}/gsu, "")
    .split(/(\{\{.*?\}\})/su)
    .filter((it) => it !== "")
    .map((it) => {
      const name = /^\{\{\s*([^|}]*?)\s*(?:\|.*)?\}\}$/su.exec(it)?.[1];
      return name === undefined ? { text: it, variable: false } : { text: name, variable: true };
    });
}

const words = (value: unknown) => (typeof value === "string" ? value : "");
const cut = (text: string, most: number | null) => {
  const letters = [...text];
  return most !== null && letters.length > most
    ? `${letters.slice(0, Math.max(1, most - 1)).join("")}…`
    : text;
};

/** Null if the node sends nothing to the customer. */
export function preview(node: FlowNode, channel: Capabilities): Preview | null {
  const fields: Record<string, string[]> = {
    send: ["text"],
    menu: ["text"],
    ask: ["text"],
    join_queue: ["waiting_text"],
    transfer: ["waiting_text"],
    close: ["text"],
  };
  const field = fields[node.type];
  if (!field || node.message_template) return null;
  const text = words(node[field[0]!]);
  const given = node.type === "menu" ? node.options : node.quick_replies;
  const titles = Array.isArray(given) ? given.map((it: { title?: unknown }) => words(it.title)) : [];
  const list = titles.length > channel.quick_replies && channel.lists > 0;
  const room = list ? channel.lists : channel.quick_replies;
  const template = node.template ?? undefined;
  const noCards = template !== undefined && !channel.templates;
  return {
    text,
    parts: parts(text),
    replies: titles.slice(0, room).map((title) => cut(title, channel.parts.quick_reply_title)),
    list,
    dropped: Math.max(0, titles.length - room),
    template: noCards ? undefined : template,
    noCards,
  };
}
