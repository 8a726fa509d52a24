// The language in which times, numbers and amounts are written. Some systems hand the browser names that Intl
// refuses ("en-US@posix", "C", ""), and throws at; then the next one, and at last English, is used.

export function usable(wanted: readonly (string | undefined)[]): string {
  for (const name of wanted) {
    const tag = (name ?? "").replace(/[.@].*$/, "").replaceAll("_", "-");
    try {
      const [known] = Intl.DateTimeFormat.supportedLocalesOf(tag);
      if (known) return known;
    } catch {
      // Not a language tag at all.
    }
  }
  return "en";
}

export const locale = usable([...(navigator.languages ?? []), navigator.language]);
