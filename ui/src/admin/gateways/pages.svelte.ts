// The Pages of one gateway, with the login that brings them and the dialogs that follow. It belongs to the room, not to
// a tab or a step, so that what a login began is finished wherever the administrator looks in the meantime.
import { all } from "../../api/client";
import type { Page } from "../../api/models";
import { Resource } from "../components/resource.svelte";
import { Connect } from "./connect.svelte";
import { Subscriber } from "./subscriber.svelte";

export class GatewayPages {
  readonly list: Resource<Page[]>;
  readonly subscriber: Subscriber;
  readonly connect: Connect;
  /** whether the dialog in which Pages are switched on is open */
  choosing = $state(false);

  constructor(id: string, onchanged: () => void) {
    this.list = new Resource(() => all("/gateways/{id}/pages", { path: { id } }));
    this.subscriber = new Subscriber(id, (page) => {
      this.replace(page);
      onchanged();
    });
    this.connect = new Connect(id, async () => {
      await this.list.load();
      onchanged();
      this.choosing = true;
    });
  }

  /** A login is under way or has just brought Pages: the place that shows it stays open. */
  get busy(): boolean {
    return this.connect.state === "pending" || this.connect.state === "closed" || this.choosing;
  }

  replace(page: Page): void {
    this.list.change((list) => list.map((p) => (p.id === page.id ? page : p)));
  }

  remove(id: string): void {
    this.list.change((list) => list.filter((p) => p.id !== id));
  }
}
