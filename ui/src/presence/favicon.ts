// The tab's icon shows how many customers wait, for tabs that are too narrow for a title.

let plain: Promise<string> | null = null;

export async function showCount(count: number): Promise<void> {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!link) return;
  plain ??= fetch(link.href).then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error())));
  try {
    link.href = address(await plain, count);
  } catch {
    // The title shows it too.
    plain = null;
  }
}

const address = (picture: string, count: number) =>
  `data:image/svg+xml,${encodeURIComponent(withCount(picture, count, colour))}`;
const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The picture with a number in its corner. */
export function withCount(picture: string, count: number, colour: (name: string) => string): string {
  if (count <= 0) return picture;
  const text = count > 99 ? "99" : String(count);
  const width = text.length > 1 ? 24 : 20;
  const badge =
    `<rect x="${32 - width}" y="12" width="${width}" height="20" rx="10" fill="${colour("--alarm")}"/>` +
    `<text x="${32 - width / 2}" y="27.5" font-family="sans-serif" font-size="16" font-weight="700" ` +
    `text-anchor="middle" fill="${colour("--alarm-ink")}">${text}</text>`;
  return picture.replace("</svg>", `${badge}</svg>`);
}
