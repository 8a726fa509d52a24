// The server's sentences in Ukrainian: with their values, put together, none that the server no longer writes, and all that it
// shows.
import { readFileSync, readdirSync } from "node:fs";
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

test("who may do something is said in Ukrainian for each permission", () => {
  const source = readFileSync("../crates/server/src/web/problem.rs", "utf8");
  const phrases = [...source.matchAll(/Permission::\w+ => "([^"]+)"/g)].map(([, who]) => who);
  expect(phrases.length).toBeGreaterThan(3);
  for (const who of phrases) expect(translate(`This is for ${who}: ask one of them.`)).not.toMatch(/[a-z]/);
});

test("phrases inside of a sentence are translated, names are not", () => {
  expect(
    translate("Offered to Ann after 1:05 in Sales: of 3 agents with room, the one whose turn it was"),
  ).toBe(
    "Запропоновано: Ann, через 1:05 у черзі Sales: з операторів із вільним місцем (3) — той, чия була черга",
  );
  expect(translate('The flow "No" leads to "Happy days".')).toBe("Сценарій «No» веде до «Happy days».");
  expect(
    translate(
      "2 Pages of Sunny days connected, 1 of them can be used. The list of Pages shows what the others lack.",
    ),
  ).toBe("Sunny days: підключено акаунтів — 2, з них придатних — 1. Чого бракує решті, показано в списку.");
});

test("several sentences are translated if all of them are known", () => {
  expect(translate("The conversation is open. This is needed.")).toBe(
    "Розмова відкрита. Це поле обов’язкове.",
  );
  const half = "The conversation is open. This is news to us.";
  expect(translate(half)).toBe(half);
  expect(translate("")).toBe("");
});

test("sentences are translated behind a name, and within others", () => {
  expect(translate("Shop: Message retrieval of the Page is switched off. Try again.")).toBe(
    "Shop: Отримання повідомлень цієї сторінки вимкнено. Спробуйте ще раз.",
  );
  expect(
    translate(
      "Shop: 7 messages could not be sent in the last day, 5 of them because: The file is empty. Choose another file (code 100, subcode 2).",
    ),
  ).toBe(
    "Shop: Повідомлень, які не вдалося надіслати за останню добу: 7. Причина для 5 з них: Файл порожній. Виберіть інший файл (код 100, підкод 2).",
  );
  expect(translate(`"Old" is used by an open conversation, the queue "A, B", the flow "Hello", Ann.`)).toBe(
    `«Old» використовується: відкрита розмова, черга «A, B», сценарій «Hello», Ann.`,
  );
  expect(translate("Note: see you at 5: bring tea.")).toBe("Note: see you at 5: bring tea.");
});

const CRATES = join(import.meta.dirname, "../../../crates");
/** A string literal of Rust, as it is at run time, and the code before it. */
type Literal = { file: string; text: string; before: string };

const literals: Literal[] = ["domain", "engine", "channels", "review", "film", "server"].flatMap((crate) =>
  readdirSync(join(CRATES, crate, "src"), { recursive: true, encoding: "utf8" })
    .map((path) => `${crate}/src/${path.replaceAll("\\", "/")}`)
    .filter(
      (file) =>
        file.endsWith(".rs") &&
        !/(^|[/_])tests?(\.rs|\/)|\/src\/(cli(\.rs|\/)|routing\/simulation)/.test(file),
    )
    .sort()
    .flatMap(literalsOf),
);

/** Those of a file, without its tests. */
function literalsOf(file: string): Literal[] {
  const source = readFileSync(join(CRATES, file), "utf8");
  const found: Literal[] = [];
  const token =
    /\/\/.*|#\[cfg\(test\)\]|\br(#*)"([^]*?)"\1|"((?:\\[^]|[^"\\])*)"|'(?:\\u\{\w+\}|\\?[^])'|[{};]/gu;
  let [code, end, depth, tests, begins] = ["", 0, 0, Infinity, false];
  for (const match of source.matchAll(token)) {
    const [all, , raw, quoted] = match;
    code = (code + source.slice(end, match.index)).slice(-400);
    end = match.index + all.length;
    if (all === "#[cfg(test)]") begins = true;
    else if (all === "{") {
      if (begins) tests = Math.min(tests, depth);
      begins = false;
      depth += 1;
    } else if (all === "}") {
      depth -= 1;
      if (depth <= tests) tests = Infinity;
    } else if (all === ";") begins = false;
    if ((raw ?? quoted) === undefined) {
      if (!all.startsWith("//")) code += all;
      continue;
    }
    const text = raw ?? quoted!.replace(/\\\n\s*/g, "").replace(/\\(["\\])/g, "$1");
    if (tests === Infinity) found.push({ file, text, before: code.replace(/\s+/g, " ") });
    code += '""';
  }
  return found;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
/** A text without its places: `{name}`, and `{}` or `{:.1}` in Rust. `{{` may be one brace there. */
const pieces = (text: string) => text.split(/(?<!\{)\{\w*(?::[^{}"]*)?\}(?!\})/);
const single = (text: string) => text.replace(/\{\{|\}\}/g, (braces) => braces[0]!);
const places = (text: string) => [...new Set(text.match(/(?<!\{)\{\w+\}(?!\})/g) ?? [])].sort();

const words = literals.map(({ text }) => single(pieces(text).join("\n"))).join("\n");
/** What has places, without the name before a colon. */
const forms = [...new Set(literals.map(({ text }) => text.trim().replace(/^\{\w*\}: /, "")))]
  .filter((text) => pieces(text).length > 1 && /\p{L}{3}/u.test(pieces(text).join(" ")))
  .map((text) => new RegExp(`^${pieces(text).map(single).map(escaped).join("(.*?)")}\\.?$`, "s"));

/** Whether the server still writes it: in one literal, or in one with others as values. */
function isWritten(text: string): boolean {
  if (/^[.,]?$|^\{\w+\}$/.test(text)) return true;
  const longest = pieces(text).reduce((best, part) => (part.length > best.length ? part : best), "");
  if (words.includes(single(longest.replace(/\.$/, "")).trim())) return true;
  return forms.some((form) =>
    form
      .exec(text)
      ?.slice(1)
      .every((value) => value !== text && isWritten(value.trim())),
  );
}

test("every value of a sentence is shown, and the server still writes it", () => {
  const added = Object.entries(sentences).filter(([english, text]) =>
    places(text).some((place) => !places(english).includes(place)),
  );
  expect(added).toEqual([]);
  expect(Object.keys(sentences).filter((english) => !isWritten(english))).toEqual([]);
});

/** What no one reads on a screen of ours in another language than English. */
const UNSEEN: { file?: RegExp; before?: RegExp; text?: RegExp }[] = [
  // Programs read it: what the API says of itself, and what only they can send wrongly.
  { file: /^domain\/src\/(flow\/(schema|shape)|role)\.rs$/ },
  { file: /^server\/src\/web\/(client|extract|openapi|router|table|api\/named)\.rs$/ },
  { before: /description(\(Some\(| = )$/ },
  { text: /^(The form (holds|cannot be read)|This cursor |An API token is no session)/ },
  // Meta, monitors and other servers are answered with it, or asked.
  { file: /^server\/src\/web\/(gateway(\/signed)?|api\/probes)\.rs$/ },
  { text: /^(GET \/|Bearer |Multipart |\{place\}; filename=|This is a test message from Deskbell)/ },
  // The command line, the log, and what stops the start.
  { file: /^engine\/src\/(board|config|secrets)\.rs$/ },
  { before: /tracing::\w+!\([^;]*$/ },
  // The screens have words of their own: `thread-events.ts`.
  { file: /^domain\/src\/thread_event\/english\.rs$/ },
  // Customers read it, or the language model: `first_texts.rs` and `built_in.rs` have it in both languages.
  { file: /^(engine\/src\/(first_texts|flow_calls\/model)|domain\/src\/flow\/built_in)\.rs$/ },
  {
    text: /^(The message of the user is data|You help (an agent|the agents) of a business|Translate the text of)/,
  },
  { text: /^(Sorry, |Thank you|Please send (a|an) |How satisfied )/ },
  { file: /^channels\/src\/whatsapp\/webhook\/card\.rs$/ },
  // Meta's reviewers read it: films, instructions, public pages, answers in Meta's forms; and it is Meta's wording.
  { file: /^review\/src\/(archive|film\/script(\/\w+)?)\.rs$/ },
  { file: /^review\/src\/(instructions|legal)\.rs$/, before: /^(?!.*\b(missing|problems) ?\.push\([^;]*$)/ },
  { file: /^review\/src\/text\/\w+\.rs$/, before: /(?<!(why|without|how_to_call|recording): )$/ },
  { file: /^review\/src\/data\.rs$/, before: /(?<!(question|help): |\("", ?)$/ },
  { file: /^review\/src\/refusal\.rs$/, before: /sign: $/ },
];

const keys = single(Object.keys(sentences).join("\n"));
/** Whether it is known, or a part of what is known. */
const isTranslated = (text: string) =>
  new RegExp(pieces(text).map(single).map(escaped).join(".*?")).test(keys) ||
  [text, single(text)].some((form) =>
    ["7", "Q7", "Try again."].some((value) => {
      const sample = pieces(form).join(value);
      return translate(sample) !== sample;
    }),
  );

test("every sentence that the server shows is translated, or listed as one that no one sees", () => {
  /** It begins with a capital or a value, and ends like a sentence or has four spaces. */
  const sentence = /^["“]?(?:\{\w*(?::[^{}]*)?\}|\p{Lu})[^]* (?:[^]*[.?!}"]$|[^]* [^]* [^]* )/u;
  const all = literals
    .map(({ text, ...rest }) => ({ text: text.trim().replace(/^\{\w*\}: /, ""), ...rest }))
    .filter(({ file, text }) => sentence.test(text) || (file.endsWith("/not_applied.rs") && / /.test(text)))
    .filter(({ text }) => /\p{L}{3}/u.test(pieces(text).join(" ")));
  const isUnseen = (it: Literal) =>
    UNSEEN.filter(
      ({ file, before, text }) =>
        (file?.test(it.file) ?? true) && (before?.test(it.before) ?? true) && (text?.test(it.text) ?? true),
    );
  const used = new Set(all.flatMap(isUnseen));
  expect(UNSEEN.filter((rule) => !used.has(rule))).toEqual([]);
  const open = all.filter((it) => isUnseen(it).length === 0 && !isTranslated(it.text));
  expect(open.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
});
