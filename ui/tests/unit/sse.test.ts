// The parser must not care how the network slices the text.
import { expect, test } from "vitest";
import { SseParser } from "../../src/api/sse";

const RECORDED = `: hello\n\nid: a1\nevent: offer\ndata: {"conversation_id":"7"}\n\n: keep-alive\n\nid: a2\nevent: message\ndata: {"a":\ndata: 1}\n\nevent: status\ndata: {}\n\n`;
const WANTED = [
  { name: "offer", data: '{"conversation_id":"7"}', id: "a1" },
  { name: "message", data: '{"a":\n1}', id: "a2" },
  { name: "status", data: "{}", id: "a2" },
];

test("reads events, skips comments, joins data lines, keeps the last id", () => {
  expect(new SseParser().push(RECORDED)).toEqual(WANTED);
});

test("gives the same whatever the slices and line ends are", () => {
  for (const text of [RECORDED, RECORDED.replaceAll("\n", "\r\n"), RECORDED.replaceAll("\n", "\r")]) {
    for (const size of [1, 2, 3, 7, 50]) {
      const parser = new SseParser();
      const events = [];
      for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
      expect(events).toEqual(WANTED);
      expect(parser.lastId).toBe("a2");
    }
  }
});

test("an event that was cut off is not delivered", () => {
  const parser = new SseParser("a0");
  expect(parser.push("id: a1\nevent: message\ndata: {}\n")).toEqual([]);
});
