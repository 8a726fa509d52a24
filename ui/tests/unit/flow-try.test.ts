// The simulator's scene, and what a test expects of a dialogue.
import { expect, it } from "vitest";
import { expectedOf, faultText } from "../../src/admin/flows/effects";
import type { SimStep } from "../../src/admin/flows/model";
import { byNode } from "../../src/admin/flows/problems";
import { answerMode, bodyOf, trimmed, wanted } from "../../src/admin/flows/try/scene";
import { union } from "../../src/admin/flows/versions/union";

it("asks only for what the flow looks at", () => {
  const nodes = {
    a: { type: "calendar", calendar_id: "5" },
    b: { type: "join_queue" },
    c: { type: "http", url: "https://shop.example" },
    d: { type: "send", text: "Hi" },
  };
  expect(wanted({ schema: 2, start: "a", nodes }, "1")).toEqual({
    calendars: ["5"],
    queues: ["1"],
    asking: [{ id: "c", type: "http", url: "https://shop.example" }],
  });
});
it("leaves out of the scene what is as the server has it", () => {
  expect(
    trimmed({ contact: { name: "" }, now: "", time_zone: "Europe/Kyiv", queues: { "1": {} }, http: {} }),
  ).toEqual({});
  const full = {
    contact: { name: "Olena" },
    now: "2026-12-01T09:00",
    time_zone: "Europe/Kyiv",
    queues: { "1": { online: false } },
    calendars: { "5": false },
    http: { c: "real" as const },
  };
  expect(trimmed(full)).toEqual(full);
  expect([answerMode(full, "c"), answerMode(full, "d")]).toEqual(["real", "none"]);
  expect([bodyOf('{"a":1}'), bodyOf("plain {")]).toEqual([{ a: 1 }, "plain {"]);
});
it("expects what was said by its words, and the rest by what it is about", () => {
  const step = (effects: SimStep["effects"]): SimStep => ({ node: "a", input: null, effects, variables: {} });
  const steps = [
    step([{ kind: "say", text: "Hi", choices: [] }]),
    step([
      {
        kind: "call",
        node: "c",
        request: { to: "http", method: "GET", url: "https://shop.example/?at=11:03" },
      },
    ]),
    step([{ kind: "join_queue", queue: "1", waiting_text: "You are number 7", nobody_text: null }]),
  ];
  expect(expectedOf(steps)).toEqual(["Hi", { kind: "call", node: "c" }, { kind: "join_queue", queue: "1" }]);
  expect(faultText({ code: "call", args: { fault: { code: "status", args: { status: 500 } } } })).toContain(
    "500",
  );
});
it("problems stand at their nodes and fields, whatever the root of their pointer", () => {
  const problem = (pointer: string, node: string | null) => ({ pointer, node, detail: pointer });
  const found = byNode([
    problem("/nodes/a~1b/text", "a/b"),
    problem("/body/nodes/c/next", null),
    problem("/start", null),
  ]);
  expect([...found.keys()]).toEqual(["a/b", "c", ""]);
  expect(found.get("c")?.[0]?.field).toBe("/next");
});
it("two versions stand in one drawing, and what is gone lies on nothing", () => {
  const at = { x: 0, y: 0 };
  const a = { schema: 2, start: "old", nodes: { old: { type: "send", text: "", position: at } } };
  const b = { schema: 2, start: "new", nodes: { new: { type: "send", text: "", position: at } } };
  const differences = [
    { node: "new", kind: "added" as const, fields: [] },
    { node: "old", kind: "removed" as const, fields: [] },
  ];
  const { graph, kinds } = union({ a, b, differences });
  expect([...kinds]).toEqual([
    ["new", "added"],
    ["old", "removed"],
  ]);
  expect(graph.nodes.old!.position!.y).toBeGreaterThan(80);
});
