// The same hours as in `domain/user_settings.rs`: sounds here and pushes there keep quiet together.
import { expect, test } from "vitest";
import { quietAt } from "../../src/kit/quiet";

test("quiet hours run past midnight in the user's own zone", () => {
  const quiet = {
    days: ["mon", "tue", "wed", "thu", "sun"] as ("mon" | "tue" | "wed" | "thu" | "sun")[],
    from: "22:00",
    to: "07:00",
    time_zone: "Europe/Kyiv",
  };
  const at = (text: string) => quietAt(quiet, Date.parse(text));
  expect(at("2026-11-30T19:59:00Z")).toBe(false);
  expect(at("2026-11-30T20:00:00Z")).toBe(true);
  expect(at("2026-12-01T04:59:00Z")).toBe(true);
  expect(at("2026-12-01T05:00:00Z")).toBe(false);
  expect(at("2026-12-04T21:00:00Z")).toBe(false);
  expect(quietAt({ from: "00:00", to: "24:00", time_zone: "UTC" }, 0)).toBe(true);
  expect(quietAt({ from: "00:00", to: "24:00", time_zone: "Mars/Base" }, 0)).toBe(false);
});
