// Who is signed in, while answers overtake each other.
import { expect, test, vi } from "vitest";
import { api } from "../../src/api/client";
import { clock } from "../../src/api/clock.svelte";
import { session } from "../../src/api/session.svelte";
import type { AgentStatus } from "../../src/api/models";
import { groups } from "../../src/admin/nav";
import { me } from "../fixtures/people";

test("an answer that was made before the switch does not switch back", async () => {
  const status = me.status as AgentStatus;
  const offline: AgentStatus = { ...status, status: "offline" };
  const online: AgentStatus = { ...status, status: "online" };
  session.me = { ...structuredClone(me), status: offline };
  let answer = (_: unknown) => {};
  vi.spyOn(api, "get").mockReturnValue(new Promise((resolve) => (answer = resolve)) as never);
  vi.spyOn(api, "put").mockResolvedValue(online as never);

  const refreshed = session.refresh();
  await session.setStatus("online");
  answer({ ...structuredClone(me), status: offline, today: { ...me.today, handled: 41 } });
  await refreshed;
  expect(session.status?.status).toBe("online");
  expect(session.me?.today.handled).toBe(41);
});

test("the figures of today are asked for from midnight of the viewer's own time zone", async () => {
  const get = vi.spyOn(api, "get").mockResolvedValue(structuredClone(me) as never);
  session.me = structuredClone(me);
  const before = clock.exact();
  await session.refresh();
  const since = new Date((get.mock.lastCall![1] as { query: { since: string } }).query.since);
  expect([since.getHours(), since.getMinutes(), since.getSeconds()]).toEqual([0, 0, 0]);
  expect(before - since.getTime()).toBeLessThanOrEqual(25 * 3_600_000);
});

test("a permission that opens a page of Admin opens Admin", () => {
  const needed = groups.flatMap(({ places }) => places.flatMap(({ needs }) => needs ?? []));
  expect(needed).toContain("flows");
  for (const permission of needed) {
    session.me = { ...structuredClone(me), permissions: [permission] };
    expect(session.administers, permission).toBe(true);
  }
});
