// Times and amounts are written even where the browser's language is not one.
import { afterEach, expect, test, vi } from "vitest";
import { usable } from "../../src/kit/locale";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test("the first language that the browser can use is used", () => {
  expect(usable(["en-US@posix", "de"])).toBe("en-US");
  expect(usable(["de_DE.UTF-8"])).toBe("de-DE");
  expect(usable(["C", "uk-UA"])).toBe("uk-UA");
  expect(usable(["", undefined, "C"])).toBe("en");
});

test.each(["en-US@posix", "C", "", "de_DE.UTF-8"])(
  "with the language %j the helpers load and write",
  async (language) => {
    vi.stubGlobal("navigator", { language, languages: language ? [language] : [], onLine: true });
    vi.resetModules();
    const format = await import("../../src/kit/format");
    expect(format.hourMinute("2026-05-12T10:00:00Z")).toMatch(/\d/);
  },
);
