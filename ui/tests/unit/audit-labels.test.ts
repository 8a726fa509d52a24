import { describe, expect, it } from "vitest";
import { words } from "../../src/admin/audit/labels";

describe("acts of the audit log", () => {
  it("are read as words", () => expect(words("contact.erase")).toBe("Contact: erasing begun"));
  it("may have a verb of two words", () =>
    expect(words("review.record.remove")).toBe("App Review: recordings removed"));
  it("are shown as they are called when nobody knows them", () =>
    expect(words("new_thing.turned_round")).toBe("new thing: turned round"));
});
