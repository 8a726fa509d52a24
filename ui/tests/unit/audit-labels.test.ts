import { describe, expect, it } from "vitest";
import { words } from "../../src/admin/audit/labels";

describe("actions of the audit log", () => {
  it("are read as text", () => expect(words("contact.erase")).toBe("Contact erasure started"));
  it("may have a verb of two words", () =>
    expect(words("review.record.remove")).toBe("App Review recordings removed"));
  it("are shown as the server names them when they are unknown", () =>
    expect(words("new_thing.turned_round")).toBe("new thing turned round"));
});
