import { describe, expect, it } from "vitest";
import { attributesOf, rowsOf } from "../../src/workspace/customer/attributes";

describe("attributes of a contact", () => {
  it("come back as they went, without space around them", () => {
    const rows = rowsOf({ size: "8", city: " Kyiv " });
    expect(new Set(rows.map((row) => row.id)).size).toBe(2);
    expect(attributesOf(rows)).toEqual({ size: "8", city: "Kyiv" });
  });
  it("lose rows without a key and keep the later of two", () => {
    expect(
      attributesOf([
        { id: "a", key: " ", value: "x" },
        { id: "b", key: "k", value: "1" },
        { id: "c", key: "k ", value: "2" },
      ]),
    ).toEqual({ k: "2" });
  });
});
