// The command bar and the list of shortcuts, which open on every page. A page reports what it shows; the commands for
// it are loaded with the bar.
import { untrack } from "svelte";
import type { Conversation } from "../api/models";
import type { Doings } from "./commands";

/** A conversation that is open, and the actions for it; null if none is. */
type Shown = () => { conversation: Conversation; doings: Doings } | null;

class CommandCentre {
  open = $state(false);
  shortcuts = $state(false);
  /** The conversation whose labels the bar offers instead of everything. */
  labelsOf = $state<string | null>(null);
  private pages = $state.raw<Shown[]>([]);

  /** Adds what a page shows until the returned function is called. An effect that calls it does not depend on the others. */
  provide(shown: Shown): () => void {
    const others = () => untrack(() => this.pages).filter((page) => page !== shown);
    this.pages = [...others(), shown];
    return () => (this.pages = others());
  }

  show(labelsOf: string | null = null): void {
    this.labelsOf = labelsOf;
    this.open = true;
  }

  get shown() {
    return this.pages.flatMap((page) => page() ?? []);
  }
}

export const commandCentre = new CommandCentre();
