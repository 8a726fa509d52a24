// One's own settings. They belong to the user and follow them to every browser.
import { api, sentenceOf } from "./client";
import { clock } from "./clock.svelte";
import type { UserSettings, UserSettingsChange } from "./models";
import { session } from "./session.svelte";
import { base } from "../base";
import { LANGUAGES, language as pageLanguage } from "../kit/locale";
import { quietAt } from "../kit/quiet";
import { theme, type ThemeChoice } from "../kit/theme.svelte";
import { toasts } from "../kit/toasts.svelte";

/** The server reads this when a page is asked for, and answers in the language. Reloads if it is another one now. */
function speak(language: UserSettings["language"]): void {
  const known = spoken();
  if (known === language) return;
  const age = language ? 31_536_000 : 0;
  document.cookie = `deskbell-language=${language ?? ""}; path=${base || "/"}; max-age=${age}; samesite=lax`;
  const wanted = language ?? preferred();
  // A browser without cookies would reload the page forever.
  if (wanted !== pageLanguage && spoken() === language) location.reload();
}
const spoken = () =>
  (/(?:^|; )deskbell-language=(\w+)/.exec(document.cookie)?.[1] ?? null) as UserSettings["language"];

/** As the server chooses for a browser without the cookie. */
const preferred = () =>
  navigator.languages.map((name) => name.split("-")[0]!).find((name) => name in LANGUAGES) ?? "en";

/** What can make a sound or a notification. */
export type Occasion = "offers" | "messages";

class Settings {
  mine = $state.raw<UserSettings | null>(null);

  /** Reads them; until then, and where they can't be read, everything sounds and is shown. */
  async load(): Promise<void> {
    if (session.guest) return;
    this.take(await api.get("/me/settings"));
    // The server forgot this browser with the sign-in before.
    if ("PushManager" in window && Notification.permission === "granted")
      void import("../presence/push").then(({ renew }) => renew(this.mine!.push_public_key)).catch(() => {});
  }

  /** Changes what is named; what another screen changed in the meantime stays. */
  async change(body: UserSettingsChange): Promise<void> {
    this.take(await api.patch("/me/settings", { body }));
  }

  /** The colours change immediately; a guest's are stored in this browser only. */
  chooseTheme(choice: ThemeChoice): void {
    theme.choose(choice);
    if (session.guest) return;
    this.change({ theme: choice }).catch((error) => toasts.show(sentenceOf(error), { tone: "alarm" }));
  }

  rings(what: Occasion): boolean {
    return !this.quiet && (this.mine?.sounds[what] ?? true);
  }

  shows(what: Occasion): boolean {
    return !this.quiet && (this.mine?.notifications[what] ?? true);
  }

  private get quiet(): boolean {
    const hours = this.mine?.quiet_hours;
    return hours ? quietAt(hours, clock.exact()) : false;
  }

  private take(settings: UserSettings): void {
    this.mine = settings;
    theme.choose(settings.theme);
    speak(settings.language);
  }
}

export const settings = new Settings();
