// Switching the retrieval of messages on and off for accounts, with the two problems that Meta may report: the app's
// webhook points elsewhere (replace it?), and API access is off (paste it manually).
import { Problem, sentenceOf } from "../../api/client";
import { ask } from "../../kit/ask.svelte";
import { m } from "../../paraglide/messages.js";
import type { Page } from "../../api/models";

type Paste = { callback_url: string; verify_token: string };

/** Asks the server: accounts of each channel have a route. */
export type Change<A> = (id: string, body: { subscribed: boolean; replace?: boolean }) => Promise<A>;

export class Subscriber<A extends Page = Page> {
  busy = $state<Record<string, boolean>>({});
  errors = $state<Record<string, string>>({});
  /** what has to be pasted at Meta before this account can be switched on */
  paste = $state.raw<(Paste & { page: A }) | null>(null);

  constructor(
    private readonly change: Change<A>,
    private readonly onpage: (page: A) => void,
  ) {}

  /** True when the account is now as wanted. */
  async set(page: A, on: boolean, replace = false): Promise<boolean> {
    if (this.busy[page.id]) return false;
    this.busy[page.id] = true;
    delete this.errors[page.id];
    try {
      this.onpage(await this.change(page.id, replace ? { subscribed: on, replace } : { subscribed: on }));
      return true;
    } catch (error) {
      this.busy[page.id] = false;
      return await this.refused(page, on, replace, error);
    } finally {
      this.busy[page.id] = false;
    }
  }

  private async refused(page: A, on: boolean, replace: boolean, error: unknown): Promise<boolean> {
    if (error instanceof Problem && error.status === 409) {
      const { callback_url: elsewhere, paste } = error.body as { callback_url?: unknown; paste?: Paste };
      if (paste) {
        this.paste = { ...paste, page };
        this.errors[page.id] = error.sentence;
        return false;
      }
      if (typeof elsewhere === "string" && !replace) {
        const yes = await ask({
          title: m.admin_replace_title(),
          text: m.admin_replace_text({ url: elsewhere }),
          yes: m.admin_replace_yes(),
          tone: "danger",
        });
        return yes ? await this.set(page, on, true) : false;
      }
    }
    this.errors[page.id] = sentenceOf(error);
    return false;
  }
}
