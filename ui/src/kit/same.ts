// When words count as equal: the rule of crates/domain/src/same.rs, for what the browser searches itself. Both read
// same.json in their tests.

const SIGNS: [RegExp, string][] = [
  [/[\u2018-\u201b\u02bc\u02b9\u2032`\u00b4]/g, "'"],
  [/[\u201c-\u201f\u00ab\u00bb]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, "-"],
];
// Accents and points, which people leave out; the voicing of kana makes another syllable and stays.
const MARKS =
  /(?![\u3099\u309a])(?=\p{Mn})[\p{Script=Inherited}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}]/gu;
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Me}\u0640]/gu;
const LETTERS: Record<string, string> = {
  ł: "l",
  ø: "o",
  đ: "d",
  ħ: "h",
  ŧ: "t",
  æ: "ae",
  œ: "oe",
};
const DIGIT = /\p{Nd}/u;

/** The form of a text in which two texts that mean the same words are equal. */
export function same(text: string): string {
  const plain = signs(bare(signs(text)));
  // Letter by letter: as a word, "Σ" would be folded by its place. Upper case first spells "ß" out.
  const folded = Array.from(Array.from(plain, (c) => c.toUpperCase()).join(""), (c) => c.toLowerCase()).join(
    "",
  );
  return Array.from(bare(folded).normalize("NFC"), (c) => LETTERS[c] ?? digit(c))
    .join("")
    .trim()
    .replace(/\s+/g, " ");
}

/** Whether one of the texts contains the words. */
export function fits(words: string, ...texts: (string | null | undefined)[]): boolean {
  const wanted = same(words);
  return wanted === "" || texts.some((text) => same(text ?? "").includes(wanted));
}

const bare = (text: string) => text.normalize("NFKD").replace(UNSEEN, "").replace(MARKS, "");
const signs = (text: string) => SIGNS.reduce((text, [from, to]) => text.replace(from, to), text);

/** A digit of any script as 0 to 9: they come in rows of ten. */
function digit(c: string): string {
  if (!DIGIT.test(c) || c <= "9") return c;
  const code = c.codePointAt(0)!;
  let zero = code;
  while (DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((code - zero) % 10);
}
