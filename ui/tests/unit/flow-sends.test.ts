// The form of a node that sends: a text, or a message template.
import { expect, it } from "vitest";
import type { SendNode } from "../../src/admin/flows/model";
import { asTemplate, asText, hasTemplatePlace } from "../../src/admin/flows/sends";
import { exits } from "../../src/admin/flows/graph/ports";
import { remembered } from "../../src/admin/flows/variables";

const text: SendNode = {
  type: "send",
  text: "Hello",
  quick_replies: [{ title: "Yes", payload: "YES" }],
  next: "end",
};
const named = { name: "order_update", language: "en", variables: { "1": "{{ contact.name }}" } };
const template: SendNode = {
  type: "send",
  text: "",
  message_template: named,
  on_error: "plain",
  next: "end",
};

it("becomes a template to be chosen, and nothing that was typed is lost on the way to and fro", () => {
  const chosen = asTemplate(text, null);
  const empty = { name: "", language: "", variables: {} };
  expect(chosen).toEqual({ type: "send", text: "", message_template: empty, next: "end" });
  expect(asText(chosen, text)).toEqual(text);
  expect(asText(template, null)).toEqual({ type: "send", text: "", next: "end" });
  expect(asTemplate(asText(template, null), template)).toEqual(template);
});
it("leads to where it goes when the template can't be sent", () => {
  expect(exits({ ...template })).toEqual([
    { pointer: "/next", to: "end" },
    { pointer: "/on_error", to: "plain" },
  ]);
});
it("can hold what the flow remembers", () => {
  const nodes = {
    a: { type: "ask", text: "Order?", variable: "order" },
    b: { type: "set", variable: "order", value: "7" },
    c: { type: "set", variable: "day", value: "Monday" },
    d: { type: "http", url: "https://a.example", save: { total: "sum" } },
  };
  expect(remembered({ schema: 2, start: "a", nodes })).toEqual(["order", "day", "total", "http_status"]);
});
it("shows its own problems at its fields", () => {
  const places = ["/on_error", "/message_template/variables/header.1"];
  expect(places.map(hasTemplatePlace)).toEqual([true, true]);
  expect(["/message_template", "/message_template/name", "/text"].map(hasTemplatePlace)).toEqual([
    false,
    false,
    false,
  ]);
});
