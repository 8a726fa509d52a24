// One table: the keys do what it lists, and the sheet lists what works.
import { afterEach, expect, test, vi } from "vitest";
import { keysOf, pressed, shortcuts, type Doings } from "../../src/workspace/shortcuts.svelte";

type Press = Parameters<typeof pressed>[1];
const press = (over: Partial<Press>): Press => ({
  key: "",
  code: "",
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  repeat: false,
  ...over,
});
const anywhere = { typing: false, dialog: false };
const stops: (() => void)[] = [];
const provide = (doings: Doings) => stops.push(shortcuts.provide(doings));
afterEach(() => stops.splice(0).forEach((stop) => stop()));

test("letters are found by their place, on every layout, and AltGr and Shift are other keys", () => {
  expect(pressed("Alt+T", press({ key: "е", code: "KeyT", altKey: true }))).toBe(true);
  expect(pressed("Alt+T", press({ key: "†", code: "KeyT", altKey: true }))).toBe(true);
  expect(pressed("Alt+T", press({ key: "t", code: "KeyT", altKey: true, ctrlKey: true }))).toBe(false);
  expect(pressed("Alt+T", press({ key: "T", code: "KeyT", altKey: true, shiftKey: true }))).toBe(false);
  expect(pressed("Ctrl+K", press({ key: "k", code: "KeyK", metaKey: true }))).toBe(true);
  expect(pressed("Alt+↓", press({ key: "ArrowDown", code: "ArrowDown", altKey: true }))).toBe(true);
  expect(pressed("?", press({ key: "?", code: "Digit7", shiftKey: true }))).toBe(true);
  expect(pressed("Ctrl+/", press({ key: "/", code: "Digit7", shiftKey: true, ctrlKey: true }))).toBe(true);
  expect(pressed("Ctrl+/", press({ key: ".", code: "Slash", ctrlKey: true }))).toBe(true);
  expect(pressed("Ctrl+/", press({ key: ".", code: "Slash" }))).toBe(false);
});

test("a question mark that is typed stays one", () => {
  const help = vi.fn();
  provide({ help });
  const key = press({ key: "?", code: "Slash", shiftKey: true });
  expect(shortcuts.press(key, { ...anywhere, typing: true })).toBe(false);
  expect(help).not.toHaveBeenCalled();
  expect(shortcuts.press(key, anywhere)).toBe(true);
  expect(help).toHaveBeenCalledOnce();
});

test("a held key acts once unless it steps, and over a dialog only offers are answered", () => {
  const [accept, next, note] = [vi.fn(), vi.fn(), vi.fn()];
  provide({ accept, next, note });
  const held = press({ key: "Enter", code: "Enter", altKey: true, repeat: true });
  expect(shortcuts.press(held, anywhere)).toBe(true);
  expect(accept).not.toHaveBeenCalled();
  shortcuts.press({ ...held, key: "ArrowDown", code: "ArrowDown" }, anywhere);
  expect(next).toHaveBeenCalledOnce();
  const overDialog = { typing: false, dialog: true };
  expect(shortcuts.press(press({ code: "KeyN", altKey: true }), overDialog)).toBe(false);
  expect(shortcuts.press({ ...held, repeat: false }, overDialog)).toBe(true);
  expect([note, accept].map((did) => did.mock.calls.length)).toEqual([0, 1]);
});

test("what has nothing to do leaves the key to the browser", () => {
  provide({ transfer: () => false });
  expect(shortcuts.press(press({ code: "KeyT", altKey: true }), anywhere)).toBe(false);
});

test("the sheet lists what is provided, and no key stands for two things in one place", () => {
  expect(shortcuts.working).toEqual([]);
  provide({ close: () => true, send: null, open: null });
  expect(shortcuts.working.map(([id]) => id)).toEqual(["close", "send", "open"]);
  stops.splice(0).forEach((stop) => stop());
  expect(shortcuts.working).toEqual([]);
  expect(keysOf("close")).toBe("Alt+C");
});
