// The numbers in the navigation: for those who may see them, and read again when something may have been missed.
import { afterEach, expect, test, vi } from "vitest";
import { Alarms } from "../../src/admin/alarms.svelte";
import { live } from "../../src/api/live.svelte";
import { session } from "../../src/api/session.svelte";
import { me } from "../fixtures/people";

afterEach(() => {
  vi.restoreAllMocks();
  session.me = null;
});

test("they are counted at first, at their event, and when the stream begins blind", async () => {
  session.me = { ...structuredClone(me), permissions: ["flows"] };
  const handlers = new Map<string, () => void>();
  let onLive: (blind: boolean) => void = () => {};
  vi.spyOn(live, "on").mockImplementation((name, handler) => {
    handlers.set(name, handler as () => void);
    return () => handlers.delete(name);
  });
  vi.spyOn(live, "onLive").mockImplementation((handler) => {
    onLive = handler;
    return () => {};
  });
  const count = vi.fn(() => Promise.resolve(count.mock.calls.length));
  const alarms = new Alarms({ needs: "flows", event: "flow", count });
  const stop = alarms.follow();
  for (const happens of [handlers.get("flow")!, handlers.get("reset")!, () => onLive(true)]) happens();
  onLive(false);
  await new Promise((done) => setTimeout(done));
  expect([count.mock.calls.length, alarms.count]).toEqual([4, 4]);
  stop();
  expect(handlers.size).toBe(0);

  session.me = { ...structuredClone(me), permissions: ["answer"] };
  alarms.follow()();
  expect(count).toHaveBeenCalledTimes(4);
});
