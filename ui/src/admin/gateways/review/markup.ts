// The tiny markup of the public pages, read as the server reads it (crates/server/src/review/markup.rs): headings, lists,
// paragraphs, links. Everything else is text.

export type Piece = { text: string; href?: string };
export type Block = { kind: "h2" | "h3"; lines: Piece[][] } | { kind: "list" | "text"; lines: Piece[][] };

const LINK = /\[([^[\]]+)\]\(((?:https?:\/\/|mailto:)[^\s)]+)\)/g;

function pieces(line: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of line.matchAll(LINK)) {
    const [whole, text, href] = match;
    if (!text || !href || href.length <= 8) continue;
    if (match.index > from) found.push({ text: line.slice(from, match.index) });
    found.push({ text, href });
    from = match.index + whole.length;
  }
  if (from < line.length) found.push({ text: line.slice(from) });
  return found;
}

export function blocks(text: string): Block[] {
  const found: Block[] = [];
  let joined = false;
  const put = (kind: Block["kind"], line: string, joins: boolean) => {
    const last = found.at(-1);
    if (joins && joined && last?.kind === kind) last.lines.push(pieces(line));
    else found.push({ kind, lines: [pieces(line)] });
    joined = joins;
  };
  for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
    if (line === "") joined = false;
    else if (line.startsWith("## ")) put("h3", line.slice(3), false);
    else if (line.startsWith("# ")) put("h2", line.slice(2), false);
    else if (line.startsWith("- ")) put("list", line.slice(2), true);
    else put("text", line, true);
  }
  return found;
}
