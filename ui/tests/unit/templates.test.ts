// Message templates: what is asked for, how it looks filled in, and that nobody gets the same one twice.
import { describe, expect, it } from "vitest";
import type { ContactIdentity, MessageTemplate } from "../../src/api/models";
import {
  asked,
  component,
  isFilled,
  labelOf,
  marketingStopped,
  pieces,
  pointerOf,
  valuesFor,
} from "../../src/templates/message-template";
import { Filling } from "../../src/templates/send.svelte";
import { categoryName, costOf, languageName, statusOf } from "../../src/templates/words";
import { orderUpdate, sale, templates } from "../fixtures/templates";

const textOf = (template: MessageTemplate, values: Record<string, string>) =>
  pieces(component(template, "body")!.text!, "", values)
    .map((piece) => piece.text || `<${piece.key}>`)
    .join("");

describe("the places of a template", () => {
  it("are filled in where they stand, and marked while they are empty", () => {
    expect(textOf(sale, {})).toBe(
      "<first_name>, our new collection is here. Twenty percent off until Sunday. 🌷",
    );
    expect(textOf(orderUpdate, { "1": "{{2}}", "2": "Friday" })).toContain(
      "Hello {{2}}, your order is on its way.\nIt will be with you on Friday.",
    );
  });
  it("of the header have names of their own", () =>
    expect(pieces("Order {{ 1 }}", "header.", { "1": "wrong", "header.1": "7" })).toEqual([
      { text: "Order " },
      { key: "header.1", text: "7" },
    ]));
  it("leave braces alone that are none", () => expect(pieces("a {{b", "", {})).toEqual([{ text: "a {{b" }]));
  it("are asked for, but not what a button sends back", () => {
    expect(asked(orderUpdate).map((it) => it.key)).toEqual(["header.1", "1", "2", "button.1"]);
    expect(isFilled(orderUpdate, { "header.1": "7", "1": "Ann", "2": " ", "button.1": "x" })).toBe(false);
    expect(isFilled(orderUpdate, { "header.1": "7", "1": "Ann", "2": "3", "button.1": "x" })).toBe(true);
    expect(valuesFor(sale, { "1": "of another", first_name: " Ann " })).toEqual({
      "header.1": "",
      first_name: "Ann",
    });
  });
  it("are called by what they are", () => {
    expect(orderUpdate.variables.map((it) => labelOf(orderUpdate, it))).toEqual([
      "Variable 1 in the header",
      "Variable 1",
      "Variable 2",
      "End of the link under “Talk to a person”",
      "End of the link under “Track the parcel”",
    ]);
    expect(labelOf(sale, sale.variables[0]!)).toBe("Address of the picture");
  });
  it("have the server's pointers", () => expect(pointerOf("a/b~c")).toBe("/template/variables/a~1b~0c"));
});

describe("what Meta says of a template", () => {
  it("is said in words, with what it costs", () => {
    expect(categoryName("MARKETING")).toBe("Marketing");
    expect(costOf("marketing")).toContain("marketing rate");
    expect(templates.map((it) => statusOf(it.status).name)).toContain("In review");
    expect(languageName({ language: "pt_BR" })).toBe("Brazilian Portuguese");
  });
  it("is shown even if the word is new", () => {
    expect(categoryName("SERVICE_NOTE")).toBe("Service note");
    expect(costOf("SERVICE_NOTE")).toBeNull();
    expect(statusOf("IN_APPEAL")).toMatchObject({ tone: "neutral", name: "In appeal" });
    expect(languageName({ language: "not a language" })).toBe("not a language");
  });
});

describe("who wants no marketing", () => {
  const account = { channel: "whatsapp", id: "1" };
  const known = (id: string, stopped?: string): ContactIdentity => ({
    id: `i${id}`,
    channel: "whatsapp",
    account_id: id,
    account_name: "Lavka",
    external_id: "380",
    ...(stopped && { marketing_stopped_at: stopped }),
  });
  it("is known for each account", () => {
    expect(marketingStopped([known("1", "2026-01-01T00:00:00Z")], account)).toBe("2026-01-01T00:00:00Z");
    expect(marketingStopped([known("2", "2026-01-01T00:00:00Z"), known("1")], account)).toBeNull();
    expect(marketingStopped([], account)).toBeNull();
  });
});

describe("a template on its way out", () => {
  const filled = () => {
    const filling = new Filling();
    filling.template = sale;
    filling.values = { "header.1": "https://x.test/a.png", first_name: "Ann" };
    return filling;
  };
  it("keeps its key while it is the same message", () => {
    const filling = filled();
    const first = filling.request("+1");
    expect(first.template).toEqual({
      name: "spring_collection",
      language: "en_US",
      variables: { "header.1": "https://x.test/a.png", first_name: "Ann" },
    });
    expect(filling.request("+1").client_id).toBe(first.client_id);
    filling.values = { ...filling.values, first_name: "Ben" };
    expect(filling.request("+1").client_id).not.toBe(first.client_id);
    filling.values = { ...filling.values, first_name: "Ann" };
    expect(filling.request("+2").client_id).not.toBe(first.client_id);
  });
  it("is ready when nothing is missing", () => {
    const filling = filled();
    expect(filling.ready).toBe(true);
    filling.values = {};
    expect(filling.ready).toBe(false);
  });
});
