// The language of the page, and the format of times, numbers and amounts: that of the browser if it has the same
// language (British or American dates), otherwise the usual one. Some systems give the browser names for which Intl
// throws ("en-US@posix", "C", ""); then the next one is used.

/** Languages of the interface, in their own words. */
export const LANGUAGES = { en: "English", uk: "Українська" } as const;
export type Language = keyof typeof LANGUAGES;

/** The language of this page: the server chose the build for it. */
export const language: Language =
  typeof document !== "undefined" && document.documentElement.lang === "uk" ? "uk" : "en";

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

const spoken = [...(navigator.languages ?? []), navigator.language].filter(
  (name) => name && name.toLowerCase().split(/[-_.@]/)[0] === language,
);

export const locale = usable([...spoken, language === "en" ? "en-GB" : language]);
