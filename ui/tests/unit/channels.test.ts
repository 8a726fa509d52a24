// What a channel takes decides what the composer offers.
import { expect, test } from "vitest";
import { acceptOf, roomFor, takesType, typeNames } from "../../src/api/channels.svelte";
import { instagram, messenger } from "../fixtures/channels";

test("a text is counted in the channel's own unit", () => {
  expect(roomFor(messenger, "ж👍")).toBe(20_000 - 3);
  expect(roomFor(instagram, "ж👍")).toBe(20_000 - 6);
  expect(roomFor(undefined, "ж")).toBe(Number.POSITIVE_INFINITY);
});

test("a type is taken by its name, by its kind, or because everything is", () => {
  expect(takesType(["image/png"], "image/png")).toBe(true);
  expect(takesType(["image/*"], "image/gif")).toBe(true);
  expect(takesType(["*/*"], "application/zip")).toBe(true);
  expect(takesType(["image/png", "image/jpeg"], "image/gif")).toBe(false);
  expect(takesType(["application/pdf"], "")).toBe(true);
});

test("the file dialog offers what can be sent", () => {
  expect(acceptOf(messenger)).toBeUndefined();
  expect(acceptOf(undefined)).toBeUndefined();
  expect(acceptOf(instagram)?.split(",")).toEqual(
    expect.arrayContaining(["image/jpeg", "video/mp4", "application/pdf"]),
  );
});

test("types are named as people know them", () => {
  expect(typeNames(["image/png", "image/jpeg"])).toBe("PNG, JPEG");
  expect(typeNames(["audio/m4a", "audio/x-m4a"])).toBe("M4A");
});
