import { describe, expect, test } from "vitest";
import { isUndrawnPicture, playerOf } from "../../src/workspace/attachments";

describe("what an attachment is shown as", () => {
  test.each([
    ["audio", "video/mp4", "audio"],
    ["audio", "audio/mp4", "audio"],
    ["file", "audio/mpeg", "audio"],
    ["video", "video/mp4", "video"],
    ["image", "image/png", "image"],
    ["file", "image/jpeg", "image"],
    ["sticker", "image/webp", "image"],
    ["image", "image/heic", "file"],
    ["image", "application/pdf", "file"],
    ["video", "application/octet-stream", "file"],
    ["image", null, "image"],
    ["sticker", null, "image"],
    ["audio", null, "audio"],
    ["file", null, "file"],
  ] as const)("%s with %s is shown as %s", (type, mime, player) => {
    expect(playerOf({ type, mime })).toBe(player);
  });

  test("a picture that browsers do not draw says so", () => {
    expect(isUndrawnPicture({ mime: "image/heic" })).toBe(true);
    expect(isUndrawnPicture({ mime: "image/png" })).toBe(false);
    expect(isUndrawnPicture({ mime: null })).toBe(false);
  });
});
