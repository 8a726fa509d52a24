import { describe, expect, it } from "vitest";
import type { Template } from "../../src/api/models";
import { asKind, hasPlace, kindOf, newButton, turned } from "../../src/admin/flows/cards";

describe("cards in a flow's form", () => {
  const buttons: Template = {
    type: "button",
    text: "What next?",
    buttons: [{ type: "postback", title: "Order", payload: "ORDER" }],
  };

  it("keeps words and buttons when one form becomes the other, to and fro", () => {
    const cards = turned(buttons, "generic");
    expect(cards).toEqual({ type: "generic", elements: [{ title: "What next?", buttons: buttons.buttons }] });
    expect(turned(cards, "button")).toEqual(buttons);
  });
  it("begins with what Messenger asks for at least", () => {
    expect(turned(undefined, "button")).toMatchObject({ buttons: [{ type: "postback" }] });
    expect(turned(undefined, "generic")).toMatchObject({ elements: [{ title: "" }] });
  });
  it("keeps a button's title when it does something else", () => {
    expect(asKind({ type: "postback", title: "Shop", payload: "X" }, "web_url")).toEqual({
      type: "web_url",
      title: "Shop",
      url: "https://",
    });
    expect(newButton("phone_number")).toEqual({ type: "phone_number", title: "", payload: "" });
  });
  it("leaves pictures and receipts to JSON", () => {
    expect(kindOf({ type: "media", media_type: "image" })).toBe("other");
    expect(kindOf(undefined)).toBe("");
  });
  it("knows which problems stand at a field of its own", () => {
    expect(hasPlace("/template/elements/2/buttons/0/title")).toBe(true);
    expect(hasPlace("/template/text")).toBe(true);
    expect(hasPlace("/template/elements")).toBe(false);
  });
});
