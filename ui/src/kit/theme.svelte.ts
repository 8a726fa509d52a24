// Light, dark, or the system's setting; the choice is stored in this browser.

export type ThemeChoice = "system" | "light" | "dark";
const KEY = "deskbell.theme";

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

class Theme {
  choice = $state<ThemeChoice>(stored());
  private dark = matchMedia("(prefers-color-scheme: dark)");

  start(): void {
    this.dark.addEventListener("change", () => this.apply());
    addEventListener("storage", (event) => {
      if (event.key !== KEY) return;
      this.choice = stored();
      this.apply();
    });
    this.apply();
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // Private windows may refuse; the choice is then lost with the page.
    }
    this.apply();
  }

  private apply(): void {
    const dark = this.choice === "dark" || (this.choice === "system" && this.dark.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  }
}

export const theme = new Theme();
