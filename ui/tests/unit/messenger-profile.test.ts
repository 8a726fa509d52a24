// The Messenger profile as its form edits it: one language at a time, and what Meta has beside it stays.
import { expect, it } from "vitest";
import {
  greeted,
  itemsOf,
  languages,
  withGreeting,
  withItems,
  without,
  withQuestions,
  type Profile,
} from "../../src/admin/gateways/profile/model";
import { leadOf, OWN, SAID, targetsOf } from "../../src/admin/gateways/profile/targets";

const EMPTY: Profile = { greeting: [], get_started: null, ice_breakers: [], persistent_menu: [] };
const menu = [{ type: "postback", title: "Help", payload: "Help" }];

it("edits one language and leaves the others in their places", () => {
  const first = withGreeting(withGreeting(EMPTY, "default", "Hi"), "uk_UA", "Вітаємо");
  expect(withGreeting(first, "default", "Hello").greeting).toEqual([
    { locale: "default", text: "Hello" },
    { locale: "uk_UA", text: "Вітаємо" },
  ]);
  expect(withGreeting(first, "default", "").greeting).toEqual([{ locale: "uk_UA", text: "Вітаємо" }]);
  expect(languages(first)).toEqual(["default", "uk_UA"]);
});
it("keeps what this form does not know of a menu", () => {
  const known = { locale: "default", composer_input_disabled: true, call_to_actions: menu };
  const profile = { ...EMPTY, get_started: { payload: "X" }, persistent_menu: [known] };
  const after = withItems(profile, "default", [...itemsOf(profile, "default"), ...menu]);
  expect(after.persistent_menu[0]).toMatchObject({ composer_input_disabled: true });
  expect(itemsOf(after, "default")).toHaveLength(2);
});
it("gives a menu the button that it needs, and takes a language away as a whole", () => {
  const profile = withQuestions(withItems(EMPTY, "uk_UA", menu), "uk_UA", [{ question: "?", payload: "?" }]);
  expect(profile.get_started).not.toBe(null);
  expect(without(profile, "uk_UA")).toEqual({ ...EMPTY, get_started: profile.get_started });
});
it("takes a list without a language for the one of all", () => {
  const profile = { ...EMPTY, persistent_menu: [{ call_to_actions: menu }] } as unknown as Profile;
  expect([languages(profile), itemsOf(profile, "default")]).toEqual([["default"], menu]);
});
it("fills in names, and finds the choices that a tap can lead to", () => {
  expect(
    greeted("{{user_first_name}} {{user_last_name}}: {{user_full_name}}", { first: "A", last: "B" }),
  ).toBe("A B: A B");
  const flow = {
    schema: 2,
    start: "m",
    nodes: { m: { type: "menu", text: "What?", options: [{ id: "a", title: "One" }] } },
  };
  expect(targetsOf(flow)).toEqual([{ payload: "menu:m:a", title: "One", menu: "What?" }]);
  expect(targetsOf(null)).toEqual([]);
});
it("knows where a payload leads, and that one of one's own belongs to its item, not to its place in the list", () => {
  const targets = [{ payload: "menu:m:a", title: "One", menu: "What?" }];
  const lead = (payload: string, own: string | null = null) => leadOf(payload, "Help", targets, own);
  expect([lead("menu:m:a"), lead("Help"), lead(""), lead("X")]).toEqual(["menu:m:a", SAID, SAID, OWN]);
  expect([lead("Help", "Help"), lead("menu:m:a", "menu:m:a")]).toEqual([OWN, OWN]);
  // Another item came to this place.
  expect([lead("Help", "X"), lead("menu:m:a", "X")]).toEqual([SAID, "menu:m:a"]);
});
