// The user's preferences for the lists; stored in this browser.
import { recall, remember } from "../kit/local";

export type MineOrder = "due" | "newest";

class Preferences {
  /** Mine: who waits longest for an answer first, or the newest activity first. */
  mineOrder = $state<MineOrder>(recall("lists.mine.order", "due"));
  /** After a close the next conversation opens. */
  opensNext = $state<boolean>(recall("close.next", true));

  orderMine(order: MineOrder): void {
    this.mineOrder = order;
    remember("lists.mine.order", order);
  }

  openNext(yes: boolean): void {
    this.opensNext = yes;
    remember("close.next", yes);
  }
}

export const preferences = new Preferences();
