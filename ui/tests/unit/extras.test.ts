// What a message shows besides its words.
import { expect, test } from "vitest";
import { group } from "../../src/workspace/grouping";
import {
  bookingTitle,
  cameBy,
  mapLink,
  ownWords,
  placeName,
  placeWords,
  referralName,
  siteOf,
  webLink,
} from "../../src/workspace/extras";
import { holds, preview, whyClosed } from "../../src/workspace/labels";
import type { Referral } from "../../src/api/models";
import { NOW } from "../fixtures/clock";
import { conversations } from "../fixtures/conversations";
import { message } from "../fixtures/messages";

const referral = (over: Partial<Referral>): Referral => ({
  source: null,
  ref: null,
  ad_id: null,
  title: null,
  picture_url: null,
  video_url: null,
  about: null,
  referer: null,
  ...over,
});

test("a place leads to a map, and what is no place leads nowhere", () => {
  expect(mapLink([50.45, 30.523])).toBe(
    "https://www.openstreetmap.org/?mlat=50.45&mlon=30.523#map=16/50.45/30.523",
  );
  expect(mapLink([91, 0])).toBeNull();
  expect(mapLink([Number.NaN, 0])).toBeNull();
  expect(mapLink([1])).toBeNull();
  expect(mapLink(null)).toBeNull();
  expect(placeWords([50.45, 30.523])).toBe("50.45000, 30.52300");
});

test("only web addresses become links", () => {
  expect(webLink("https://www.example.org/a")).toBe("https://www.example.org/a");
  expect(webLink("javascript:alert(1)")).toBeNull();
  expect(webLink("")).toBeNull();
  expect(siteOf("https://www.example.org/a")).toBe("example.org");
});

test("what a card says is not said beside it once more", () => {
  const cards = [
    { title: "Red shoes", subtitle: "49.90 EUR", picture_url: null, link: null },
    { title: "Blue shoes", subtitle: null, picture_url: null, link: null },
  ];
  expect(
    ownWords(message({ kind: "template", text: "Red shoes (49.90 EUR)\nBlue shoes", cards })),
  ).toBeNull();
  expect(ownWords(message({ kind: "template", text: "Which of them?", cards }))).toBe("Which of them?");
  expect(ownWords(message({ kind: "template", text: "2 × Red shoes, 49.90 EUR each", cards: [] }))).toBe(
    "2 × Red shoes, 49.90 EUR each",
  );
  const booking = { status: "confirmed", starts_at: "2026-03-05T14:00:00Z", ends_at: null, timezone: null };
  expect(
    ownWords(message({ kind: "template", text: "Appointment confirmed: 2026-03-05 14:00 UTC", booking })),
  ).toBeNull();
  expect(bookingTitle(booking)).toBe("Appointment confirmed");
  expect(bookingTitle({ ...booking, status: "moved" })).toContain("moved");
});

test("an advertisement is called by its title, a link by its word", () => {
  expect(referralName(referral({ title: "Spring sale", ad_id: "9" }))).toBe("Spring sale");
  expect(referralName(referral({ ad_id: "9", source: "ADS" }))).toContain("9");
  expect(referralName(referral({ ref: "flyer" }))).toContain("flyer");
  expect(referralName(referral({}))).toBeNull();
  expect(cameBy(referral({ ad_id: "9" }))).not.toBe(cameBy(referral({ ref: "flyer" })));
});

test("what was said to another app stands in a group of its own", () => {
  const items = group(
    [
      message({ seconds: 0, text: "a" }),
      message({ seconds: 5, text: "b", standby: true }),
      message({ seconds: 9, text: "c" }),
    ],
    null,
  );
  expect(items.filter((item) => item.kind === "group")).toHaveLength(3);
});

test("the composer says which app answers", () => {
  const mine = conversations.find((c) => c.id === "c-olena")!;
  expect(
    whyClosed({ ...mine, held_by: { kind: "inbox", app_id: "1", name: "the Page inbox" } }, "u1", NOW),
  ).toMatch(/^The Page inbox /u);
  expect(whyClosed({ ...mine, held_by: null }, "u1", NOW)).toBeNull();
});

test("a story and what can be viewed once have words of their own, in lists too", () => {
  const mention = message({
    kind: "share",
    text: "Mentioned you in their story",
    story: { url: "https://scontent.cdninstagram.com/s", kind: "mention" },
  });
  expect(ownWords(mention)).toBeNull();
  expect(preview(mention)).toBe("Mentioned you in their story");
  const last = { kind: "share" as const, text: "…", story: "mention" as const, view_once: false, file: null };
  expect(preview(last)).toBe("Mentioned you in their story");

  const reply = message({ text: "Which size?", story: { url: null, kind: "reply" } });
  expect(ownWords(reply)).toBe("Which size?");
  expect(preview(reply)).toBe("Which size?");

  const once = message({ kind: "unsupported", text: "A photo …", view_once: true });
  expect(ownWords(once)).toBeNull();
  expect(preview(once)).toBe("Photo or video to view once");
  expect(ownWords(message({ kind: "text", text: "Did you see it?", view_once: true }))).toBe(
    "Did you see it?",
  );
});

test("a place is called by its name, and its name is not said twice", () => {
  const at: [number, number] = [50.45, 30.523];
  const place = message({ kind: "location", text: "Café Mariia\nKhmelnytskoho 12\nKyiv", location: at });
  expect(placeName(place)).toEqual({ name: "Café Mariia", below: "Khmelnytskoho 12\nKyiv" });
  expect(ownWords(place)).toBeNull();
  expect(placeName({ text: "Here", location: at })).toEqual({ name: "Here", below: "50.45000, 30.52300" });
  expect(placeName({ text: null, location: at })).toEqual({ name: "50.45000, 30.52300", below: "" });
});

test("only who answers a conversation that Deskbell holds sends templates in it", () => {
  const mine = conversations.find((c) => c.id === "c-olena")!;
  expect(holds(mine, "u1")).toBe(true);
  expect(holds(mine, "u2")).toBe(false);
  expect(holds({ ...mine, state: "wrap_up" }, "u1")).toBe(false);
  expect(holds({ ...mine, held_by: { kind: "inbox", app_id: null, name: "the Page inbox" } }, "u1")).toBe(
    false,
  );
});
