// Files of a quick reply on their way into a conversation.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "../../src/api/client";
import type { Medium, QuickReply } from "../../src/api/models";
import { upload } from "../../src/api/upload";
import { uploads } from "../../src/workspace/uploads.svelte";
import { instagram, messenger } from "../fixtures/channels";
import { quickReplies } from "../fixtures/people";

vi.mock("../../src/api/upload", () => ({ upload: vi.fn() }));

const file = (id: string, name: string, mime: string) =>
  ({ id, name, mime, kind: "file", size: 1_000, url: `/api/v1/media/${id}` }) as QuickReply["files"][number];
const medium = (id: string) => ({ id, name: id, mime: "application/pdf", size: 1_000, url: "" }) as Medium;
const reply: QuickReply = {
  ...quickReplies[0]!,
  files: [file("1", "prices.pdf", "application/pdf"), file("2", "prices.zip", "application/zip")],
};
const copies = vi.spyOn(api, "post");
const idle = () => new Promise((done) => setTimeout(done));

beforeEach(() => {
  copies.mockResolvedValue({ items: [medium("copy-1"), medium("copy-2")] } as never);
  vi.stubGlobal("URL", Object.assign(URL, { revokeObjectURL: () => {} }));
});
afterEach(() => {
  uploads.clear("c-1");
  vi.clearAllMocks();
  vi.unstubAllGlobals();
});

test("if the channel takes all of them, the server copies them at once", async () => {
  uploads.addFrom("c-1", reply, messenger);
  await idle();
  expect(uploads.of("c-1").map((it) => it.attachment?.id)).toEqual(["copy-1", "copy-2"]);
  expect(copies).toHaveBeenCalledTimes(1);
  expect(upload).not.toHaveBeenCalled();
});

test("one that the channel refuses says so, and the others go on without it", async () => {
  copies.mockResolvedValue({ items: [medium("copy-1")] } as never);
  uploads.addFrom("c-1", reply, instagram);
  await idle();
  const [first, second] = uploads.of("c-1");
  expect([first!.attachment?.id, first!.error]).toEqual(["copy-1", null]);
  expect(second!.attachment).toBeNull();
  expect(second!.error).toContain("Instagram");
  expect(copies.mock.calls[0]![1]).toMatchObject({ body: { file_ids: ["1"] } });
});
