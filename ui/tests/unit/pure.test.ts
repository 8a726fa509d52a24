// Small pure helpers of the Workspace, the kit and the router.
import { expect, test } from "vitest";
import { clockTime, fileSize, span } from "../../src/kit/format";
import { leaveCompositionAlone } from "../../src/kit/keys";
import { href, match } from "../../src/router.svelte";
import { firstUnreadOf, group } from "../../src/workspace/grouping";
import { linkify } from "../../src/workspace/links";
import { fill, slashWord } from "../../src/workspace/quick-replies.svelte";
import { partsOf } from "../../src/kit/marked";
import { canReopen, lastWords, personsTime, whyClosed } from "../../src/workspace/labels";
import type { FileKind, LastMessage } from "../../src/api/models";
import { NOW } from "../fixtures/clock";
import { conversations, olena } from "../fixtures/conversations";
import { message, olenaThread } from "../fixtures/messages";

test("routes match whole paths and take parameters apart", () => {
  expect(match("/workspace/:id", "/workspace/a%2Fb")).toEqual({ id: "a/b" });
  expect(match("/workspace/:id", "/workspace")).toBeNull();
  expect(match("/admin/*", "/admin")).toEqual({ rest: "" });
  expect(match("/admin/*", "/admin/gateways/7")).toEqual({ rest: "gateways/7" });
  expect(href("/workspace/:id", { id: "a/b" })).toBe("/workspace/a%2Fb");
});

test("messages of one sender within a minute are one group", () => {
  const first = message({ seconds: 0, text: "a" });
  const two = message({ seconds: 30, text: "b" });
  const later = message({ seconds: 200, text: "c" });
  expect(
    group([first, two, later], null).map((i) => (i.kind === "group" ? i.messages.length : i.kind)),
  ).toEqual(["day", 2, 1]);
});

test("a text is shown in parts, with the words that were found between the others", () => {
  const found = (text: string, ...ranges: [number, number][]) =>
    partsOf({ text, ranges: ranges.map(([start, end]) => ({ start, end })) });
  expect(found("<b>jam</b> 👍 and jam", [3, 6], [18, 21])).toEqual(["<b>", "jam", "</b> 👍 and ", "jam", ""]);
  expect(found("Nothing here")).toEqual(["Nothing here"]);
});

test("two agents of one name are two senders", () => {
  const by = (id: string, seconds: number) =>
    message({ seconds, direction: "out", sender: { kind: "agent", id, name: "Maria Koval" } });
  const groups = group([by("u1", 0), by("u1", 5), by("u7", 10)], null).filter((i) => i.kind === "group");
  expect(groups.map((i) => i.messages.length)).toEqual([2, 1]);
});

test("a failed message ends its group, and the unread line begins one", () => {
  const items = group(olenaThread, firstUnreadOf(olenaThread, 2));
  const failed = items.find((i) => i.kind === "group" && i.messages.some((m) => m.status === "failed"));
  expect(failed?.kind === "group" && failed.messages.length).toBe(1);
  const at = items.findIndex((i) => i.kind === "unread");
  const next = items[at + 1];
  expect(next?.kind === "group" && next.messages.map((m) => m.text)).toEqual([
    "Thank you, that was quick",
    "And does it come in blue? 💙",
  ]);
});

test("addresses become links without the sentence's full stop, and nothing else does", () => {
  expect(linkify("See https://lavka.example/a?b=1. Or javascript:alert(1)")).toEqual([
    { text: "See " },
    { text: "https://lavka.example/a?b=1", href: "https://lavka.example/a?b=1" },
    { text: ". Or javascript:alert(1)" },
  ]);
});

test("quick replies open at a slash that begins a word", () => {
  expect(slashWord("/")).toBe("");
  expect(slashWord("Hello /ho")).toBe("ho");
  expect(slashWord("and/or")).toBeNull();
  expect(fill("Hi {{ contact.first_name }} {{ unknown }}", olena)).toBe("Hi Olena {{ unknown }}");
});

test("the composer says why nothing can be written", () => {
  const of = (id: string) =>
    whyClosed(
      conversations.find((c) => c.id === id)!,
      "u1",
      NOW,
    );
  expect(of("c-olena")).toBeNull();
  expect(of("c-closedwindow")).toContain("more than 24 hours old");
  expect(of("c-taras")).toContain("Taras Melnyk");
  expect(of("c-done")).toContain("closed");
  expect(of("c-w1")).toContain("General");
});

test("a window that ran out is noticed without word from the server", () => {
  expect(whyClosed(olena, "u1", Date.parse(olena.window.closes_at!) + 1)).not.toBeNull();
});

test("times and sizes read well", () => {
  expect([clockTime(41), clockTime(761), clockTime(3761)]).toEqual(["0:41", "12:41", "1:02:41"]);
  expect([span(100), span(85_260), span(59)]).toEqual(["1 m 40 s", "23 h 41 m", "59 s"]);
  expect([fileSize(900), fileSize(182_000), fileSize(2_500_000)]).toEqual(["0.9 kB", "178 kB", "2.4 MB"]);
});

test("only between a day and seven days a person writes on a ground of their own", () => {
  const closes = Date.parse(olena.window.closes_at!);
  const seven = new Date(closes + 6 * 86_400_000).toISOString();
  const held = { ...olena, window: { ...olena.window, human_agent_until: seven } };
  expect(personsTime(olena, closes + 1)).toBeNull();
  expect(personsTime(held, closes - 1)).toBeNull();
  expect(personsTime(held, closes + 1)).not.toBeNull();
  expect(whyClosed(held, "u1", closes + 1)).toBeNull();
  expect(personsTime(held, Date.parse(seven))).toBeNull();
  expect(whyClosed(held, "u1", Date.parse(seven))).not.toBeNull();
});

test("the last words of a colleague who shares my name are not mine", () => {
  const me = { id: "u1", name: "Maria" };
  const last = (id: string): LastMessage => ({
    id: "m1",
    file: null,
    story: null,
    view_once: false,
    text: "Hello",
    kind: "text",
    direction: "out",
    sender: { kind: "agent", name: "Maria", id },
    created_at: new Date(NOW).toISOString(),
    status: "sent",
  });
  expect(lastWords(last("u1"), me).who).toBe("You");
  expect(lastWords(last("u2"), me).who).toBe("Maria");
});

test("addresses end where they end, whatever surrounds them", () => {
  const links = (text: string) => linkify(text).flatMap((part) => (part.href ? [part.href] : []));
  expect(links("Look: https://en.example/wiki/Mercury_(planet).")).toEqual([
    "https://en.example/wiki/Mercury_(planet)",
  ]);
  expect(links("https://shop.example/a。谢谢")).toEqual(["https://shop.example/a"]);
  expect(links("（https://shop.example/b）")).toEqual(["https://shop.example/b"]);
  expect(links("https://x.example/a_b_(c)[d] and “https://x.example/q”")).toEqual([
    "https://x.example/a_b_(c)[d]",
    "https://x.example/q",
  ]);
  expect(links("http://localhost:8080/x, https://пошта.укр/ящик")).toEqual([
    "http://localhost:8080/x",
    "https://пошта.укр/ящик",
  ]);
  expect(links("http://user:pw@host.example/x http://user@host.example")).toEqual([]);
  expect(links("See http://shop.example: it is open")).toEqual(["http://shop.example"]);
  expect(links("ok.thanks a@b.example ftp://a.example //a.example mailto:a@b.example")).toEqual([]);
});

test("no handler sees the keys of an input method", () => {
  const target = new EventTarget();
  leaveCompositionAlone(target);
  const seen: object[] = [];
  target.addEventListener("keydown", (event) => seen.push(event));
  const press = (isComposing: boolean, keyCode: number) =>
    target.dispatchEvent(Object.assign(new Event("keydown"), { isComposing, keyCode }));
  press(true, 13);
  press(false, 229);
  expect(seen).toHaveLength(0);
  press(false, 13);
  expect(seen).toHaveLength(1);
});

test("the last words of a file say what kind of file it is", () => {
  const last = (kind: FileKind, name: string | null, seconds: number | null): LastMessage => ({
    id: "m1",
    text: "",
    kind: "attachment",
    direction: "in",
    sender: { kind: "contact", name: "" },
    created_at: new Date(NOW).toISOString(),
    status: "received",
    file: { kind, name, seconds },
    story: null,
    view_once: false,
  });
  const words = (kind: FileKind, name: string | null = null, seconds: number | null = null) =>
    lastWords(last(kind, name, seconds), null).text;
  expect([words("image"), words("sticker"), words("video"), words("audio"), words("file")]).toEqual([
    "Picture",
    "Sticker",
    "Video",
    "Voice message",
    "File",
  ]);
  expect(words("audio", null, 72)).toBe("Voice message 1:12");
  expect([words("file", "Invoice 4711.pdf"), words("sticker", "👍")]).toEqual(["Invoice 4711.pdf", "👍"]);
});

test("whoever held a conversation last may reopen it while the customer can be written to", () => {
  // A closed conversation is never open for messages; what counts is whether the channel would take one.
  const closed = { ...olena, state: "closed" as const, window: { ...olena.window, open: false } };
  expect(canReopen(closed, "u1", false)).toBe(true);
  expect(canReopen(closed, "u2", false)).toBe(false);
  expect(canReopen(closed, "u2", true)).toBe(true);
  expect(canReopen({ ...closed, window: { ...closed.window, ground: null } }, "u1", true)).toBe(false);
  expect(canReopen(olena, "u1", true)).toBe(false);
});
