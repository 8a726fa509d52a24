// Every text in every language: with the same values, and with a form for each kind of number that the language has.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LANGUAGES } from "../../scripts/languages.mjs";
import { LANGUAGES as OFFERED } from "../../src/kit/locale";

type Variant = { declarations: string[]; selectors: string[]; match: Record<string, string> };
type Text = string | [Variant];
const FILES = ["", "admin."];

const read = (language: string) =>
  Object.assign(
    {},
    ...FILES.map((file) => {
      const { $schema: _, ...texts } = JSON.parse(
        readFileSync(join(import.meta.dirname, `../../messages/${file}${language}.json`), "utf8"),
      ) as Record<string, Text>;
      return texts;
    }),
  ) as Record<string, Text>;

const forms = (text: Text) => (typeof text === "string" ? [text] : Object.values(text[0].match));
const values = (text: Text) =>
  [...new Set(forms(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();
/** What the caller hands over: all that is declared, whether the words show it or not. */
const inputs = (text: Text) =>
  typeof text === "string"
    ? values(text)
    : text[0].declarations.flatMap((one) => (one.startsWith("input ") ? [`{${one.slice(6)}}`] : [])).sort();

const english = read("en");

test("what users can choose are the languages that are built", () => {
  expect(Object.keys(OFFERED)).toEqual(LANGUAGES);
});

for (const language of LANGUAGES) {
  const texts = read(language);

  test(`${language} has every text, and no other`, () => {
    expect(Object.keys(texts).filter((key) => !(key in english))).toEqual([]);
    expect(Object.keys(english).filter((key) => !(key in texts))).toEqual([]);
    expect(
      Object.entries(texts).flatMap(([key, text]) => (forms(text).some((form) => !form.trim()) ? [key] : [])),
    ).toEqual([]);
  });

  test(`${language} shows the values that English shows`, () => {
    const wrong = Object.entries(texts).flatMap(([key, text]) => {
      const wanted = english[key] ?? "";
      const same = String(values(text)) === String(values(wanted));
      const known = inputs(text).every((one) => inputs(wanted).includes(one));
      return same && known ? [] : [`${key}: ${values(text)} instead of ${values(wanted)}`];
    });
    expect(wrong).toEqual([]);
  });

  test(`${language} has a form for every kind of number`, () => {
    const kinds = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const wrong = Object.entries(texts).flatMap(([key, text]) => {
      if (typeof text === "string") return [];
      const { selectors, match } = text[0];
      return kinds.every((kind) => `${selectors[0]}=${kind}` in match) ? [] : [key];
    });
    expect(wrong).toEqual([]);
  });
}

test("the Ukrainian texts are Ukrainian", () => {
  // Names, and what is called so at Meta.
  const names = new RegExp(
    `\\b(${[
      "Deskbell|Messenger|Instagram|Facebook|Meta|WhatsApp|JSON|PDF|ZIP|CSV|URI|URL|API|Ref",
      "App ID|App Secret|App Review|Page ID|Callback URL|app ID|app secret|Login|Embedded Signup",
    ].join("|")})\\b`,
    "g",
  );
  const untouched = Object.entries(read("uk")).flatMap(([key, text]) => {
    const same = String(forms(text)) === String(forms(english[key] ?? ""));
    const words = forms(text)
      .join(" ")
      .replace(/\{\w+\}/g, "")
      .replace(names, "");
    return same && /[a-z]{2}/i.test(words) ? [key] : [];
  });
  expect(untouched).toEqual([]);
  const russian = Object.entries(read("uk")).filter(([, text]) => /[ыэъё]/i.test(String(forms(text))));
  expect(russian).toEqual([]);
});
