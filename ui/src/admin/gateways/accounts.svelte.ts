// The accounts of one gateway on one channel, with the login that brings them and the dialogs that follow. It belongs
// to the page, not to a tab or a step, so that a login is completed even if the administrator opens another tab in
// the meantime.
import { all, api } from "../../api/client";
import type { AccountChannel, ConnectedAccount, Page } from "../../api/models";
import { Resource } from "../components/resource.svelte";
import { Connect } from "./connect.svelte";
import { Subscriber, type Change } from "./subscriber.svelte";

type Source<A> = {
  list: () => Promise<A[]>;
  change: Change<A>;
  remove: (id: string) => Promise<unknown>;
  catchUp: (id: string) => Promise<A>;
};

export class Accounts<A extends Page = Page> {
  readonly list: Resource<A[]>;
  readonly subscriber: Subscriber<A>;
  readonly connect: Connect;
  /** whether the dialog in which accounts are switched on is open */
  choosing = $state(false);

  /** Create it while a component is created. */
  constructor(
    gatewayId: string,
    readonly channel: AccountChannel,
    private readonly source: Source<A>,
    private readonly onchanged: () => void,
  ) {
    this.list = new Resource(source.list);
    this.subscriber = new Subscriber<A>(source.change, (account) => {
      this.replace(account);
      onchanged();
    });
    this.connect = new Connect(gatewayId, () => void this.connected(), channel);
  }

  /** A login is in progress or has just added accounts: the section that shows it stays open. */
  get busy(): boolean {
    return this.connect.state === "pending" || this.connect.state === "closed" || this.choosing;
  }

  /** New accounts were added: next the user chooses which of them are answered. */
  async connected(): Promise<void> {
    await this.list.load();
    this.onchanged();
    this.choosing = true;
  }

  async remove(account: A): Promise<void> {
    await this.source.remove(account.id);
    this.list.change((list) => list.filter((one) => one.id !== account.id));
    this.onchanged();
  }

  async catchUp(account: A): Promise<void> {
    this.replace(await this.source.catchUp(account.id));
  }

  replace(account: A): void {
    this.list.change((list) => list.map((one) => (one.id === account.id ? account : one)));
  }
}

/** Facebook Pages, by the routes that Meta's reviewer may use too. */
export class GatewayPages extends Accounts {
  constructor(id: string, onchanged: () => void) {
    const path = (page_id: string) => ({ path: { id, page_id } });
    const source: Source<Page> = {
      list: () => all("/gateways/{id}/pages", { path: { id } }),
      change: (page, body) => api.patch("/gateways/{id}/pages/{page_id}", { ...path(page), body }),
      remove: (page) => api.delete("/gateways/{id}/pages/{page_id}", path(page)),
      catchUp: (page) => api.post("/gateways/{id}/pages/{page_id}/catch-up", path(page)),
    };
    super(id, "messenger", source, onchanged);
  }
}

/** Instagram accounts or WhatsApp numbers. */
export class ChannelAccounts extends Accounts<ConnectedAccount> {
  constructor(id: string, channel: AccountChannel, onchanged: () => void) {
    const path = (account_id: string) => ({ path: { id, account_id } });
    const source: Source<ConnectedAccount> = {
      list: () => all("/gateways/{id}/accounts", { path: { id }, query: { channel } }),
      change: (one, body) => api.patch("/gateways/{id}/accounts/{account_id}", { ...path(one), body }),
      remove: (one) => api.delete("/gateways/{id}/accounts/{account_id}", path(one)),
      catchUp: (one) => api.post("/gateways/{id}/accounts/{account_id}/catch-up", path(one)),
    };
    super(id, channel, source, onchanged);
  }
}

/** Everything that is connected to one gateway. */
export type Everything = { pages: GatewayPages; instagram: ChannelAccounts; whatsapp: ChannelAccounts };
