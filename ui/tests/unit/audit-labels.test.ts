import { describe, expect, it } from "vitest";
import { words } from "../../src/admin/audit/labels";

describe("actions of the audit log", () => {
  it("are read as text", () => expect(words("contact.erase")).toBe("Contact erasure started"));
  it("name a WhatsApp number where the action is only for numbers", () =>
    expect(words("account.register")).toBe("WhatsApp number registered"));
  it("are known for what the server does by itself", () =>
    expect([words("account.renew"), words("account.catch_up"), words("webhook.create")]).toEqual([
      "Account subscription renewed",
      "Account message search started",
      "Webhook created",
    ]));
  it("may have a verb of two words", () =>
    expect(words("review.record.remove")).toBe("App Review recordings removed"));
  it("are shown as the server names them when they are unknown", () =>
    expect(words("new_thing.turned_round")).toBe("new thing turned round"));
});
