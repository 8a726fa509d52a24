// What accounts of the three channels are called, where they are seen, and what Meta says of numbers.
import { describe, expect, test } from "vitest";
import { limit, nameState, quality, unregistered } from "../../src/admin/gateways/whatsapp/facts";
import { channelName, handle, publicUrl, writeUrl } from "../../src/admin/gateways/words";
import { Subscriber } from "../../src/admin/gateways/subscriber.svelte";
import { Problem } from "../../src/api/client";
import type { ConnectedAccount } from "../../src/api/models";
import { answer, asking } from "../../src/kit/ask.svelte";
import { instagramAccounts, whatsappNumbers } from "../fixtures/accounts";
import { pages } from "../fixtures/admin";

const [page, account, number] = [pages[0]!, instagramAccounts[0]!, whatsappNumbers[0]!];

describe("an account is named as its channel names it", () => {
  test("by id, user name or number", () => {
    expect([handle(page), handle(account), handle(number)]).toEqual([
      page.id,
      "@lavka.shop",
      "+380 44 390 0101",
    ]);
    expect(handle({ ...account, username: null })).toBe(account.id);
  });
  test("and opens where customers see it and write to it", () => {
    expect(publicUrl("messenger", page)).toBe(`https://www.facebook.com/${page.id}`);
    expect(publicUrl("instagram", account)).toBe("https://www.instagram.com/lavka.shop/");
    expect(publicUrl("instagram", { ...account, username: null })).toBeNull();
    expect(publicUrl("whatsapp", number)).toBe("https://wa.me/380443900101");
    expect(writeUrl("messenger", page)).toBe(`https://m.me/${page.id}`);
    expect(writeUrl("instagram", account)).toBe("https://ig.me/m/lavka.shop");
    expect(writeUrl("whatsapp", number)).toBe("https://wa.me/380443900101");
  });
  test("a channel that is not known keeps its own word", () => {
    expect([channelName("whatsapp"), channelName("pigeon")]).toEqual(["WhatsApp", "pigeon"]);
  });
});

describe("what Meta says of a number is said in words", () => {
  test("limits", () => {
    expect(limit("TIER_250")).toContain("250");
    expect(limit("TIER_2K")).toMatch(/2.?000/u);
    expect(limit("TIER_UNLIMITED")).toBe("No limit of new customers");
    expect([limit(null), limit("TIER_NEW")]).toEqual([null, "TIER_NEW"]);
  });
  test("quality and name", () => {
    expect(["GREEN", "YELLOW", "RED", "UNKNOWN", null].map((word) => quality(word).tone)).toEqual([
      "ok",
      "wait",
      "alarm",
      "neutral",
      "neutral",
    ]);
    expect(nameState("DECLINED")?.tone).toBe("alarm");
    expect(nameState("NONE")).toBeNull();
  });
  test("a number that is not registered is known by where it is served", () => {
    const of = (details: Partial<ConnectedAccount["details"]>) =>
      unregistered({ ...number.details, platform: null, status: null, ...details });
    expect(of({ platform: "CLOUD_API", status: "PENDING" })).toBe(false);
    expect(of({ platform: "NOT_APPLICABLE" })).toBe(true);
    expect(of({ status: "PENDING" })).toBe(true);
    expect(of({})).toBe(false);
  });
});

test("another product's events are taken only after a yes", async () => {
  const asked: unknown[] = [];
  const subscriber = new Subscriber<ConnectedAccount>(
    (_, body) => {
      asked.push(body);
      return body.replace
        ? Promise.resolve({ ...account, subscribed: true })
        : Promise.reject(new Problem(409, "Elsewhere.", { callback_url: "https://crm.example/hook" }));
    },
    () => {},
  );
  const refused = subscriber.set(account, true);
  await expect.poll(() => asking.question?.text).toContain("https://crm.example/hook");
  answer(false);
  expect(await refused).toBe(false);
  const taken = subscriber.set(account, true);
  await expect.poll(() => asking.question).not.toBeNull();
  answer(true);
  expect(await taken).toBe(true);
  expect(asked).toEqual([{ subscribed: true }, { subscribed: true }, { subscribed: true, replace: true }]);
});
