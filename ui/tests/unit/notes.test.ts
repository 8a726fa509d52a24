// A note that mentions colleagues who cannot be read is not saved without them.
import { afterEach, expect, test, vi } from "vitest";
import { api, Problem } from "../../src/api/client";
import { toasts } from "../../src/kit/toasts.svelte";
import { addNote } from "../../src/workspace/actions";
import { Colleagues } from "../../src/workspace/colleagues.svelte";
import { quickReplies } from "../../src/workspace/quick-replies.svelte";

const broken = () => vi.spyOn(api, "get").mockRejectedValue(new Problem(503, "The server is starting."));
const idle = () => new Promise((done) => setTimeout(done));
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test("the note stays unsaved and the reason is shown; without a mention nothing is read", async () => {
  const read = broken();
  const post = vi.spyOn(api, "post").mockResolvedValue({ id: "c-1", version: 1 } as never);
  const shown = vi.spyOn(toasts, "show").mockReturnValue(undefined as never);
  const names = new Colleagues("c-1");
  expect(await addNote("c-1", "@Ben look", () => names.in("@Ben look"))).toBe(false);
  expect(post).not.toHaveBeenCalled();
  expect(shown).toHaveBeenCalledWith("The server is starting.", { tone: "alarm" });
  expect(await names.in("Ben looks")).toEqual([]);
  expect(read).toHaveBeenCalledTimes(1);
});

test("the list says why it is empty, and is read again with the next name", async () => {
  const read = broken();
  const names = new Colleagues("c-1");
  names.load();
  await idle();
  expect(names.none).toBe("The server is starting.");
  read.mockResolvedValue({ items: [{ id: "1", name: "Ben" }] } as never);
  names.load();
  await idle();
  expect(names.like("be")).toHaveLength(1);
  expect(await names.in("@Ben look")).toEqual(["1"]);
});

test("quick replies that cannot be read are not none", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("", { status: 500 })));
  quickReplies.items = [];
  quickReplies.load();
  expect(quickReplies.none).toBe("Loading");
  await idle();
  expect(quickReplies.none).toContain("500");
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ items: [], next: null })));
  quickReplies.load();
  await idle();
  expect(quickReplies.none).toContain("No quick replies yet");
});
