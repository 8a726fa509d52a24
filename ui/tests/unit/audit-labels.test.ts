import { describe, expect, it } from "vitest";
import { detailWords, objectWords, words } from "../../src/admin/audit/labels";

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
  it("may have a verb of several words", () =>
    expect([words("review.record.remove"), words("flow.roll_back")]).toEqual([
      "App Review recordings removed",
      "Flow taken back to an earlier version",
    ]));
  it("are shown as the server names them when they are unknown", () =>
    expect(words("new_thing.turned_round")).toBe("new thing turned round"));
});

describe("entries of the audit log", () => {
  const object = (object: string, object_name: string | null = null) => objectWords({ object, object_name });
  it("say who signed in without naming a session", () =>
    expect(["session.create", "session.refuse", "session.delete"].map(words)).toEqual([
      "Signed in",
      "Sign-in refused",
      "Signed out",
    ]));
  it("name their object, or its kind, and never show its number", () => {
    expect(object("user 253100000000000001", "Anna Admin")).toBe("Anna Admin");
    expect(object("token 253100000000000001")).toBe("API token");
    expect(object("quick reply 253100000000000001")).toBe("Quick reply");
    expect(object("account 1784 of gateway 253100000000000001")).toBe("Account 1784");
    expect(object("user")).toBe("User");
    expect(object("language model")).toBe("Language model");
    expect(object("new thing 7")).toBe("new thing 7");
  });
  it("name the roles and users of their details", () => {
    const names = new Map([
      ["253100000000000001", "Team lead"],
      ["253100000000000002", "Ben"],
    ]);
    expect(detailWords("mia@shop.example, 253100000000000001", names)).toBe("mia@shop.example, Team lead");
    expect(detailWords("user 253100000000000002", names)).toBe("Ben");
    expect(detailWords("contact 253100000000000003", names)).toBe("contact 253100000000000003");
  });
});
