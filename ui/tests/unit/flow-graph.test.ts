// The pure parts of the designer: ports, edits, undo, copying, arranging, finding, comparing and merging.
import { describe, expect, it } from "vitest";
import { copyText, paste, readClip } from "../../src/admin/flows/graph/clipboard";
import { compare, fieldChanges, merge, nothing } from "../../src/admin/flows/graph/compare";
import * as edits from "../../src/admin/flows/graph/edits";
import { findIn } from "../../src/admin/flows/graph/find";
import { History } from "../../src/admin/flows/graph/history";
import { arrange, boxes, freePlace, neighbour, placesOf, sizeOf } from "../../src/admin/flows/graph/layout";
import { getAt, setAt } from "../../src/admin/flows/graph/pointer";
import { arrivals, exits, ports, readingOrder } from "../../src/admin/flows/graph/ports";
import { isGraph } from "../../src/admin/flows/graph/read";
import type { Graph } from "../../src/admin/flows/graph/types";

const shop: Graph = {
  schema: 2,
  start: "hello",
  nodes: {
    hello: { type: "send", text: "Hello", next: "menu" },
    menu: {
      type: "menu",
      text: "What is it about?",
      options: [
        { id: "1", title: "My order", next: "order" },
        { id: "2", title: "A person", next: "people" },
        { id: "3", title: "Nothing" },
      ],
      otherwise: "people",
    },
    order: { type: "http", url: "https://shop.example", next: "hello", on_error: "people" },
    people: { type: "join_queue" },
    lost: { type: "note", text: "Nobody comes here", next: "people" },
  },
  keywords: [{ words: ["agent"], next: "people" }],
};

describe("ports", () => {
  it("names every branch, in the order of the form, also of a type from a newer server", () => {
    expect(ports(shop.nodes.menu!).map(({ pointer, title, to }) => [pointer, title, to])).toEqual([
      ["/options/0/next", "My order", "order"],
      ["/options/1/next", "A person", "people"],
      ["/options/2/next", "Nothing", undefined],
      ["/otherwise", undefined, "people"],
      ["/on_timeout", undefined, undefined],
    ]);
    expect(exits({ type: "teleport", next: "a", on_fog: "b", text: "c" })).toEqual([
      { pointer: "/next", to: "a" },
      { pointer: "/on_fog", to: "b" },
    ]);
    // What a jump into another flow names is that flow's node.
    expect(ports({ type: "jump", flow_id: "7", next: "menu" })).toEqual([]);
  });
  it("read a flow from its start and its keywords; loops end, and what nothing leads to comes last", () => {
    expect(readingOrder(shop)).toEqual({ reached: ["hello", "menu", "order", "people"], lonely: ["lost"] });
    expect(readingOrder({ ...shop, start: "gone" }).reached).toEqual(["people"]);
    expect(arrivals(shop, "people").map(({ from }) => from)).toEqual(["menu", "menu", "order", "lost"]);
  });
});

describe("edits", () => {
  it("copy only what they touch", () => {
    const next = edits.connect(shop, "menu", "/options/2/next", "lost");
    expect(getAt(next.nodes.menu, "/options/2/next")).toBe("lost");
    expect(next.nodes.hello).toBe(shop.nodes.hello);
    expect(shop.nodes.menu).not.toBe(next.nodes.menu);
    expect(getAt(edits.connect(next, "menu", "/options/2/next", undefined), "/nodes/menu")).toEqual(
      shop.nodes.menu,
    );
    expect(edits.connect(shop, "gone", "/next", "menu")).toBe(shop);
    expect(setAt({ a: [1, 2, 3] }, "/a/1", undefined)).toEqual({ a: [1, 3] });
    expect(setAt({}, "/a~1b/c", 1)).toEqual({ "a/b": { c: 1 } });
  });
  it("put a node behind a port, before what that led to", () => {
    const made = edits.addNode(
      shop,
      { type: "wait", seconds: 5 },
      { after: { id: "hello", pointer: "/next" } },
    );
    expect(made.key).toBe("wait");
    expect(made.graph.nodes.hello).toMatchObject({ next: "wait" });
    expect(made.graph.nodes.wait).toEqual({ type: "wait", seconds: 5, next: "menu" });
    const second = edits.addNode(made.graph, { type: "wait", seconds: 9 }, { at: { x: 1.4, y: 2 } });
    expect(second.key).toBe("wait_2");
    expect(second.graph.nodes.wait_2!.position).toEqual({ x: 1, y: 2 });
    const empty: Graph = { schema: 2, start: "", nodes: {} };
    expect(edits.addNode(empty, { type: "send", text: "" }).graph.start).toBe("send");
  });
  it("leave nothing that leads to a removed node", () => {
    const next = edits.remove(shop, new Set(["people", "hello"]));
    expect(Object.values(next.nodes).flatMap(exits)).toEqual([{ pointer: "/options/0/next", to: "order" }]);
    expect(next.start).toBe("menu");
    expect(next.keywords).toEqual([{ words: ["agent"] }]);
  });
  it("rename a node with everything that leads to it", () => {
    const next = edits.renameNode(shop, "people", "humans");
    expect(arrivals(next, "humans")).toHaveLength(4);
    expect(next.keywords?.[0]?.next).toBe("humans");
    expect(Object.keys(next.nodes)).toEqual(["hello", "menu", "order", "humans", "lost"]);
    expect(edits.renameNode(shop, "people", "menu")).toBe(shop);
    expect(edits.idProblem(shop, "people", "no spaces")).toBe("letters");
    expect(edits.renameNode(shop, "hello", "begin").start).toBe("begin");
  });
  it("move nodes and remarks, and what does not move stays the same object", () => {
    const noted = edits.addRemark(shop, { text: "Ask Ann" });
    const next = edits.move(noted.graph, { hello: { x: 10, y: 20 }, [noted.key]: { x: 3.6, y: 4 } });
    expect(next.nodes.hello!.position).toEqual({ x: 10, y: 20 });
    expect(next.comments).toEqual([{ text: "Ask Ann", position: { x: 4, y: 4 } }]);
    expect(edits.move(next, { hello: { x: 10, y: 20 } }).nodes.hello).toBe(next.nodes.hello);
    expect(edits.changeRemark(next, noted.key, { text: "Ask Bob" }).comments?.[0]?.text).toBe("Ask Bob");
    expect(edits.remove(next, new Set([noted.key])).comments).toEqual([]);
  });
});

it("undo goes back by whole words and redo forward; a new edit ends what could be redone", () => {
  const history = new History("");
  history.push("H", "text", 0);
  history.push("He", "text", 100);
  history.push("Hello", "text", 200);
  history.push("Hello!", "text", 9_000);
  history.push("Hello!", "text", 9_100);
  expect(history.undo()).toBe("Hello");
  expect(history.undo()).toBe("");
  expect(history.canUndo).toBe(false);
  expect(history.undo()).toBe("");
  expect(history.redo()).toBe("Hello");
  history.push("Bye");
  expect(history.canRedo).toBe(false);
  expect(history.undo()).toBe("Hello");
});

describe("copied nodes", () => {
  const text = copyText(shop, new Set(["menu", "order"]), {
    menu: { x: 100, y: 50 },
    order: { x: 400, y: 80 },
  });
  it("come into another flow with new names, connected among themselves only", () => {
    const { graph, keys } = paste(shop, readClip(text)!, { x: 0, y: 500 });
    expect(keys).toEqual(["menu_2", "order_2"]);
    expect(exits(graph.nodes.menu_2!)).toEqual([{ pointer: "/options/0/next", to: "order_2" }]);
    expect(exits(graph.nodes.order_2!)).toEqual([]);
    expect(graph.nodes.menu_2!.position).toEqual({ x: 0, y: 500 });
    expect(graph.nodes.order_2!.position).toEqual({ x: 300, y: 530 });
    const empty: Graph = { schema: 2, start: "", nodes: {} };
    expect(paste(empty, readClip(text)!, { x: 0, y: 0 }).graph.start).toBe("menu");
  });
  it("are not what just looks like them", () => {
    const bad = [
      "",
      "Hello",
      "{}",
      '{"kind":"deskbell/flow-nodes"}',
      '{"kind":"deskbell/flow-nodes","nodes":{"a":1}}',
    ];
    expect(bad.map(readClip)).toEqual([null, null, null, null, null]);
    expect(isGraph(JSON.parse(text))).toBe(false);
    expect(isGraph(shop)).toBe(true);
    expect(isGraph({ start: "a", nodes: { a: {} } })).toBe(false);
  });
});

describe("places", () => {
  it("are arranged from left to right, none on another", async () => {
    const places = await arrange(shop);
    expect(Object.keys(places).sort()).toEqual(Object.keys(shop.nodes).sort());
    expect(places.menu!.x).toBeGreaterThan(places.hello!.x);
    expect(places.people!.x).toBeGreaterThan(places.order!.x);
    const all = Object.entries(boxes(shop, places));
    for (const [a, one] of all)
      for (const [b, two] of all)
        if (a !== b)
          expect(
            one.x + one.width <= two.x ||
              two.x + two.width <= one.x ||
              one.y + one.height <= two.y ||
              two.y + two.height <= one.y,
            `${a} lies on ${b}`,
          ).toBe(true);
    expect(placesOf(edits.move(shop, { hello: { x: 7, y: 7 } }), places).hello).toEqual({ x: 7, y: 7 });
  });
  it("are found free, and the arrow keys find what lies in their direction", () => {
    const places = {
      hello: { x: 0, y: 0 },
      menu: { x: 400, y: 0 },
      people: { x: 420, y: 600 },
      order: { x: 0, y: 300 },
    };
    const at = freePlace(shop, places, { x: 10, y: 10 }, sizeOf(shop.nodes.lost!));
    expect(at.y).toBeGreaterThan(sizeOf(shop.nodes.hello!).height);
    const all = boxes({ ...shop, nodes: { ...shop.nodes } }, places);
    expect(neighbour(all, "hello", "right")).toBe("menu");
    expect(neighbour(all, "hello", "down")).toBe("order");
    expect(neighbour(all, "menu", "left")).toBe("hello");
    expect(neighbour(all, "hello", "up")).toBe(null);
  });
});

it("finds nodes by what they say, in reading order", () => {
  const noted = edits.addRemark(shop, { text: "Ask a person" }).graph;
  expect(findIn(noted, "PERSON", () => [])).toEqual(["menu", "remark/0"]);
  expect(findIn(noted, "http", (id) => [`HTTP ${id}`])).toHaveLength(5);
  expect(findIn(noted, "  ", () => [])).toEqual([]);
});

describe("versions", () => {
  it("differ in what the bot does, not in where it is drawn", () => {
    expect(nothing(compare(shop, edits.move(shop, { menu: { x: 1, y: 1 } })))).toBe(true);
    const next = edits.renameNode(setAt(shop, "/nodes/hello/text", "Hi"), "lost", "found");
    expect(compare(shop, { ...next, start: "menu" })).toEqual({
      added: ["found"],
      removed: ["lost"],
      changed: [{ id: "hello", fields: [{ pointer: "/text", before: "Hello", after: "Hi" }] }],
      rest: [{ pointer: "/start", before: "hello", after: "menu" }],
    });
    expect(fieldChanges({ a: [1] }, { a: [1, 2] })).toEqual([{ pointer: "/a", before: [1], after: [1, 2] }]);
    expect(fieldChanges({ a: undefined }, {})).toEqual([]);
  });
  it("of two people come together; where both changed one node somebody chooses", () => {
    const mine = setAt(setAt(shop, "/nodes/hello/text", "Hi"), "/nodes/order/url", "https://mine.example");
    const theirs = setAt(
      edits.addNode(setAt(shop, "/nodes/order/url", "https://their.example"), { type: "close" }).graph,
      "/start",
      "menu",
    );
    const both = merge(shop, edits.move(mine, { menu: { x: 5, y: 5 } }), theirs);
    expect(both.conflicts.map(({ id }) => id)).toEqual(["order"]);
    expect(both.graph.nodes.hello).toMatchObject({ text: "Hi" });
    expect(both.graph.nodes.menu).toEqual({ ...shop.nodes.menu, position: { x: 5, y: 5 } });
    expect(both.graph.nodes.close).toEqual({ type: "close" });
    expect(both.graph.start).toBe("menu");
    expect(both.graph.nodes.order).toMatchObject({ url: "https://mine.example" });
    const given = merge(shop, mine, theirs, () => "theirs").graph;
    expect(given.nodes.order).toMatchObject({ url: "https://their.example" });
  });
  it("of two people agree about what one of them took away", () => {
    const mine = edits.remove(shop, new Set(["lost"]));
    expect(Object.keys(merge(shop, mine, shop).graph.nodes)).not.toContain("lost");
    const theirs = setAt(shop, "/nodes/lost/text", "Kept");
    expect(merge(shop, mine, theirs).conflicts).toEqual([
      { id: "lost", mine: undefined, theirs: theirs.nodes.lost },
    ]);
    expect(merge(shop, mine, theirs, () => "theirs").graph.nodes.lost).toEqual(theirs.nodes.lost);
  });
});
