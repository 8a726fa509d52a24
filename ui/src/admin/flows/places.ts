// Reads JSON and records the line of each value, so that a problem with a JSON pointer can be shown at its place, and
// a syntax error at its line.

export class JsonSlip extends Error {
  constructor(
    readonly line: number,
    readonly found: string,
  ) {
    super(`line ${line}`);
  }
}

const escape = (key: string) => key.replaceAll("~", "~0").replaceAll("/", "~1");
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\r\n]*/y;

/** Lines (from 1) by pointer. Throws a JsonSlip where the text stops being JSON. */
export function places(text: string): Map<string, number> {
  const found = new Map<string, number>();
  let at = 0;

  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  const slip = (): never => {
    throw new JsonSlip(lineAt(at), text.slice(at, at + 12).split("\n")[0] ?? "");
  };
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) return null;
    at = pattern.lastIndex;
    return match[0];
  };
  const symbol = (wanted: string): boolean => {
    take(SPACE);
    if (text[at] !== wanted) return false;
    at += 1;
    return true;
  };
  const members = (end: string, visit: (index: number) => void) => {
    if (symbol(end)) return;
    for (let index = 0; ; index += 1) {
      visit(index);
      if (symbol(end)) return;
      if (!symbol(",")) slip();
    }
  };
  const value = (pointer: string) => {
    take(SPACE);
    found.set(pointer, lineAt(at));
    if (symbol("{")) {
      members("}", () => {
        take(SPACE);
        const key = take(STRING) ?? slip();
        if (!symbol(":")) slip();
        value(`${pointer}/${escape(JSON.parse(key) as string)}`);
      });
    } else if (symbol("[")) members("]", (index) => value(`${pointer}/${index}`));
    else if (take(STRING) === null && take(WORD) === null) slip();
  };

  value("");
  take(SPACE);
  if (at < text.length) slip();
  return found;
}

/** The line of a pointer, or of the nearest thing around it. */
export function lineOf(found: Map<string, number>, pointer: string): number {
  for (let p = pointer; ; p = p.slice(0, p.lastIndexOf("/"))) {
    const line = found.get(p);
    if (line !== undefined) return line;
    if (p === "") return 1;
  }
}
