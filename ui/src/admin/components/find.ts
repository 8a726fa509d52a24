// Finding in lists without minding case and accents.

const fold = (text: string) => text.toLocaleLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");

export function fits(query: string, ...texts: (string | null | undefined)[]): boolean {
  const want = fold(query.trim());
  return want === "" || texts.some((text) => fold(text ?? "").includes(want));
}
