import { describe, expect, it } from "vitest";
import { atMost, balanced, contain, fit, SEATS, wrap } from "../../src/admin/gateways/film/layout";
import {
  CARD,
  CARD_MS,
  clock,
  endingOf,
  finish,
  fresh,
  kindOf,
  pause,
  ran,
  roll,
  step,
  tick,
} from "../../src/admin/gateways/film/take";

const wide = (text: string) => text.length * 10;

describe("a take", () => {
  it("shows the card for its time, then the first shot, and stays there", () => {
    let take = roll(fresh(3), 1000);
    take = tick(take, 1000 + CARD_MS - 1);
    expect(take.shot).toBe(CARD);
    take = tick(take, 1000 + CARD_MS);
    expect(take.shot).toBe(0);
    expect(tick(take, 999_999).shot).toBe(0);
  });
  it("does not count what was paused", () => {
    let take = pause(roll(fresh(3), 0), 4000);
    expect(ran(take, 60_000)).toBe(4000);
    take = roll(take, 60_000);
    expect(tick(take, 61_000).shot).toBe(CARD);
    expect(tick(take, 62_000).shot).toBe(0);
    expect(finish(take, 63_000)).toMatchObject({ phase: "done", before: 7000 });
  });
  it("steps on and back within its shots, and never back to the card", () => {
    let take = step(roll(fresh(2), 0), 1);
    expect(take.shot).toBe(0);
    expect(step(take, -1).shot).toBe(0);
    take = step(step(take, 1), 1);
    expect(take.shot).toBe(1);
    expect(step(fresh(2), 1).shot).toBe(CARD);
  });
  it("begins and ends once", () => {
    const done = finish(roll(fresh(2), 0), 5000);
    expect(roll(done, 9000)).toBe(done);
    expect(step(done, 1)).toBe(done);
    expect(finish(fresh(2), 1)).toEqual(fresh(2));
  });
  it("tells its time as people read it", () => {
    expect([clock(0), clock(65_900), clock(600_000)]).toEqual(["0:00", "1:05", "10:00"]);
  });
});

describe("the kind of video", () => {
  it("is H.264 where the browser has it, else WebM, else none", () => {
    expect(kindOf(() => true)).toMatch(/^video\/mp4;codecs=avc1/);
    expect(kindOf((kind) => kind.includes("webm"))).toBe("video/webm;codecs=vp9");
    expect(kindOf((kind) => kind === "video/mp4")).toBe(null);
    expect([endingOf("video/mp4;codecs=avc1.640028"), endingOf("video/webm;codecs=vp8")]).toEqual([
      "mp4",
      "webm",
    ]);
  });
});

describe("the layout", () => {
  it("keeps a window's shape, whatever it is, in the middle of its half", () => {
    expect(contain({ width: 960, height: 944 }, SEATS.right)).toEqual(SEATS.right);
    expect(contain({ width: 1920, height: 1080 }, SEATS.left)).toEqual({
      x: 0,
      y: 246,
      width: 960,
      height: 540,
    });
    expect(contain({ width: 400, height: 944 }, SEATS.left)).toEqual({
      x: 280,
      y: 44,
      width: 400,
      height: 944,
    });
    expect(contain({ width: 0, height: 0 }, SEATS.left).width).toBe(0);
  });
  it("breaks words into lines, and titles into even ones", () => {
    expect(wrap("one two three four", 90, wide)).toEqual(["one two", "three", "four"]);
    expect(wrap("unbreakable-word it is", 60, wide)).toEqual(["unbreakable-word", "it is"]);
    expect(wrap("", 60, wide)).toEqual([]);
    expect(balanced("aaa bbb ccc ddd eee", 160, wide)).toEqual(["aaa bbb ccc", "ddd eee"]);
  });
  it("cuts what is too long with an ellipsis", () => {
    expect(atMost(["a", "b", "c"], 2)).toEqual(["a", "b…"]);
    expect(fit("facebook.com", 60, wide)).toBe("faceb…");
    expect(fit("short", 60, wide)).toBe("short");
  });
});
