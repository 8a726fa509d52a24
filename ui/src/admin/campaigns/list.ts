// Reads the recipients of a campaign from pasted lines or a CSV file: a number in the first column, then the variables.

export type Recipient = { to: string; variables: Record<string, string> };
export type Mistake = { line: number; kind: "number" | "variable" | "column"; name: string };
export type Reading = { recipients: Recipient[]; mistakes: Mistake[] };

/** A number with its country, or a business-scoped user id. */
const NUMBER = /^\+[\d\s().-]{7,24}$/;
const USER = /^[A-Z]{2}\.[A-Za-z0-9.]{1,140}$/;
const isRecipient = (text: string) => NUMBER.test(text) || USER.test(text);

/** The cells of one line of CSV; a quoted cell may hold the separator and doubled quotes. */
export function cells(line: string, separator: string): string[] {
  const found: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const c = line[i];
    if (quoted && c === '"' && line[i + 1] === '"') {
      cell += '"';
      i += 1;
    } else if (c === '"') quoted = !quoted;
    else if (c === separator && !quoted) {
      found.push(cell.trim());
      cell = "";
    } else cell += c;
  }
  return [...found, cell.trim()];
}

/**
 * The recipients in a text. A first line that begins with no number names the columns; without one they are the template's
 * variables in their order. `shared` are the variables that have a value for everyone.
 */
export function read(
  text: string,
  variables: { key: string; required: boolean }[],
  shared: Record<string, string> = {},
): Reading {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim());
  const first = lines[0]?.line ?? "";
  const separator = [";", "\t"].find((mark) => first.includes(mark)) ?? ",";
  const head = cells(first, separator);
  const hasHead =
    head.length > 0 && head[0] !== "" && !/^\+?\d/.test(head[0] ?? "") && !isRecipient(head[0] ?? "");
  const columns = hasHead ? head.slice(1) : variables.map((variable) => variable.key);
  const mistakes: Mistake[] = [];
  if (hasHead)
    for (const name of columns)
      if (name && !variables.some((variable) => variable.key === name))
        mistakes.push({ line: 1, kind: "column", name });
  const recipients = lines.slice(hasHead ? 1 : 0).map(({ line, number }) => {
    const [to = "", ...values] = cells(line, separator);
    if (!isRecipient(to)) mistakes.push({ line: number, kind: "number", name: to });
    const own: Record<string, string> = {};
    columns.forEach((name, index) => {
      const value = values[index];
      if (name && value) own[name] = value;
    });
    for (const { key, required } of variables)
      if (required && !own[key] && !shared[key]) mistakes.push({ line: number, kind: "variable", name: key });
    return { to, variables: own };
  });
  return { recipients, mistakes };
}
