import { describe, expect, it } from "vitest";
import { mistake, outcome, state } from "../../src/admin/campaigns/labels";
import { cells, read } from "../../src/admin/campaigns/list";

const variables = [
  { key: "header.1", required: true },
  { key: "1", required: true },
];

describe("the list of a campaign", () => {
  it("has a number and the variables in their order", () => {
    expect(read("+49 151 001; 77; Ann\n\n+49151002;78;Ben", variables)).toEqual({
      recipients: [
        { to: "+49 151 001", variables: { "header.1": "77", "1": "Ann" } },
        { to: "+49151002", variables: { "header.1": "78", "1": "Ben" } },
      ],
      mistakes: [],
    });
  });
  it("may name its columns, and leave out what is the same for everyone", () => {
    const text = '\uFEFFnumber,1\r\n+49151001,"Ann ""A"", Dr."\r\nDE.123abc,Ben';
    expect(read(text, variables, { "header.1": "77" })).toEqual({
      recipients: [
        { to: "+49151001", variables: { "1": 'Ann "A", Dr.' } },
        { to: "DE.123abc", variables: { "1": "Ben" } },
      ],
      mistakes: [],
    });
  });
  it("names every line with a mistake", () => {
    const { mistakes } = read("0151 001;77;Ann\n+49151002;;Ben", variables);
    expect(mistakes).toEqual([
      { line: 1, kind: "number", name: "0151 001" },
      { line: 2, kind: "variable", name: "header.1" },
    ]);
    expect(mistakes.map(mistake)).toEqual([
      "Line 1: Begin with the number and its country code, such as +49 151 00000000.",
      "Line 2: There is no value for header.1.",
    ]);
    expect(read("number;2\n+49151002;x", variables, { "header.1": "7", "1": "you" }).mistakes).toEqual([
      { line: 1, kind: "column", name: "2" },
    ]);
  });
  it("is empty without a line", () => expect(read(" \n", variables).recipients).toEqual([]));
  it("keeps a separator inside quotes", () => expect(cells('a;"b;c";d', ";")).toEqual(["a", "b;c", "d"]));
});

describe("the state of a campaign", () => {
  it("is an alarm when it paused on its own", () => {
    const low = { code: "quality_low" as const, args: {}, detail: "The quality is low." };
    expect(state({ state: "paused", pause: low }).tone).toBe("alarm");
    expect(state({ state: "paused", pause: { code: "user", args: { by: "Ann" }, detail: "" } }).tone).toBe(
      "wait",
    );
    expect(state({ state: "running", pause: null })).toEqual({ tone: "accent", text: "Sending" });
    expect(outcome("failed")).toEqual({ label: "Failed", tone: "alarm" });
  });
});
