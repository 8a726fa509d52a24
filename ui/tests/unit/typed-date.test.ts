// The text of a date field: while it is typed, when it is no date, and when the field gets another value.
import { expect, test } from "vitest";
import { writeDate } from "../../src/kit/dates";
import { TypedDate } from "../../src/kit/typed-date.svelte";

const field = (value: string, filter = false) => ({ value, time: false, filter });
const A = "2026-11-29";
const B = "2026-12-03";

test("a text that is no date stays, is wrong once the field is left, and does not empty the value", () => {
  const it = field(A);
  const typed = new TypedDate(it);
  typed.input("31/2/2026");
  expect([typed.text, typed.isWrong]).toEqual(["31/2/2026", false]);
  typed.change();
  expect([typed.text, typed.isWrong, it.value]).toEqual(["31/2/2026", true, A]);
  typed.input("");
  typed.change();
  expect([typed.text, typed.isWrong, it.value]).toEqual(["", false, ""]);
});

test("in a filter it filters by none", () => {
  const it = field(A, true);
  const typed = new TypedDate(it);
  typed.input("soon");
  typed.change();
  expect([typed.text, typed.isWrong, it.value]).toEqual(["soon", true, ""]);
});

test("text and error go with the value that they belong to: a row that is removed leaves its place to the next", () => {
  const it = field(A);
  const typed = new TypedDate(it);
  typed.input("soon");
  typed.change();
  it.value = B;
  expect([typed.text, typed.isWrong]).toEqual([writeDate(B), false]);
  // What was typed for another value is not taken over into this one.
  typed.change();
  expect(it.value).toBe(B);
});

test("a date is taken as soon as its year is whole, and written properly when the field is left", () => {
  const it = field("");
  const typed = new TypedDate(it);
  typed.input("3/12/20");
  expect(it.value).toBe("");
  typed.input("3/12/2026");
  expect([it.value, typed.text]).toEqual([B, "3/12/2026"]);
  typed.change();
  expect([it.value, typed.text]).toEqual([B, writeDate(B)]);
});

test("a picked day replaces what was typed", () => {
  const it = field(A);
  const typed = new TypedDate(it);
  typed.input("soon");
  typed.change();
  typed.set(A);
  expect([typed.text, typed.isWrong]).toEqual([writeDate(A), false]);
});
