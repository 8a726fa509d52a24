// The command bar and the list of shortcuts, which open on every page; a page adds its own commands while it is shown.
import { untrack } from "svelte";
import type { Place } from "../admin/nav";
import type { Command } from "../kit/command";

type Commands = () => Command[];

class CommandCentre {
  open = $state(false);
  shortcuts = $state(false);
  /** What the bar offers if not everything: a choice among a few. */
  only = $state.raw<Commands | null>(null);
  /** The pages of Admin, which are loaded when the bar is first opened. */
  admin = $state.raw<Place[]>([]);
  private pages = $state.raw<Commands[]>([]);

  /** Adds a page's commands until the returned function is called. An effect that calls it does not depend on the others. */
  provide(commands: Commands): () => void {
    const others = () => untrack(() => this.pages).filter((page) => page !== commands);
    this.pages = [...others(), commands];
    return () => (this.pages = others());
  }

  show(only: Commands | null = null): void {
    this.only = only;
    this.open = true;
  }

  async loadAdmin(): Promise<void> {
    const { visible } = await import("../admin/nav");
    this.admin = visible().flatMap((group) => group.places);
  }

  get ofPage(): Command[] {
    return this.pages.flatMap((page) => page());
  }
}

export const commandCentre = new CommandCentre();
