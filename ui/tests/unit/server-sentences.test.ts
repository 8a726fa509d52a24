// The server's sentences in Ukrainian: with their values, put together, and none that the server no longer writes.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import meta from "../../messages/meta.uk.json";
import server from "../../messages/server.uk.json";
import { translate } from "../../src/api/server-sentences";

const sentences = { ...server, ...meta };

test("a sentence is known by its text, with its values", () => {
  expect(translate("This is needed.")).toBe("Це поле обов’язкове.");
  expect(translate("This has 90 characters, at most 80 are possible.")).toBe(
    "Тут символів: 90, а можна не більше ніж 80.",
  );
  expect(translate("This is for administrators: ask one of them.")).toBe(
    "Це доступно лише тим, хто має таку роль: адміністратори. Зверніться до них.",
  );
  expect(translate("Agents need a name; for their own write {{ agent.name }}.")).toContain(
    "{{ agent.name }}",
  );
});

test("phrases inside of a sentence are translated, names are not", () => {
  expect(
    translate("Offered to Ann after 1:05 in Sales: of 3 agents with room, the one whose turn it was"),
  ).toBe(
    "Запропоновано: Ann, через 1:05 у черзі Sales: з операторів із вільним місцем (3) — той, чия була черга",
  );
});

test("several sentences are translated if all of them are known", () => {
  expect(translate("The conversation is open. This is needed.")).toBe(
    "Розмова відкрита. Це поле обов’язкове.",
  );
  const half = "The conversation is open. This is news to us.";
  expect(translate(half)).toBe(half);
  expect(translate("")).toBe("");
});

test("every value of a sentence is shown, and the server still writes it", () => {
  const places = (text: string) => [...new Set(text.match(/(?<!\{)\{\w+\}(?!\})/g) ?? [])].sort();
  const added = Object.entries(sentences).filter(([english, text]) =>
    places(text).some((place) => !places(english).includes(place)),
  );
  expect(added).toEqual([]);
  const crates = join(import.meta.dirname, "../../../crates");
  const source = execFileSync("grep", ["-rhv", "^ *//", "--include=*.rs", "."], {
    cwd: crates,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  })
    .replace(/\\\n\s*/g, "")
    .replaceAll('\\"', '"')
    .replace(/\{\{|\}\}/g, (braces) => braces[0]!);
  const gone = Object.keys(sentences).filter((english) => {
    const parts = english.replace(/\{\{|\}\}/g, (braces) => braces[0]!).split(/\{\w+\}/);
    const longest = parts.reduce((best, part) => (part.length > best.length ? part : best), "").trim();
    return !source.includes(longest);
  });
  expect(gone).toEqual([]);
});
