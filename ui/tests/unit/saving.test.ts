// What keeps a form from being saved.
import { expect, test, vi } from "vitest";
import { Form } from "../../src/admin/components/form.svelte";

type Entry = { version: number; name: string; ends_at: string | null };
const entry: Entry = { version: 1, name: "Poster", ends_at: "2026-11-29T12:00:00Z" };
const made = (send = vi.fn(() => Promise.resolve(entry))) => ({
  send,
  form: new Form<Entry, Omit<Entry, "version">>(
    {
      read: ({ name, ends_at }) => ({ name, ends_at }),
      labels: { name: () => "Name", ends_at: () => "Ends" },
      send,
    },
    entry,
  ),
});

test("while a field holds what is no date, nothing is saved, and the bar names the field and the reason", async () => {
  const { form, send } = made();
  form.draft.name = "Flyer";
  form.block("ends_at", "Ends", "This is not a date.");
  expect([form.changed, form.sentence]).toEqual([["Name", "Ends"], "This is not a date."]);
  expect(await form.save()).toBe(false);
  expect(send).not.toHaveBeenCalled();
  form.block("ends_at", "Ends", null);
  expect(await form.save()).toBe(true);
  expect(send).toHaveBeenCalledWith({ name: "Flyer" }, 1);
});

test("of two fields that are wrong, one that is corrected does not release the other", async () => {
  const { form, send } = made();
  form.block("first", "Ends", "This is not a date.");
  form.block("second", "Ends", "This is no date either.");
  form.block("first", "Ends", null);
  expect([form.changed, form.sentence]).toEqual([["Ends"], "This is no date either."]);
  await form.save();
  expect(send).not.toHaveBeenCalled();
});

test("discarding releases all, and makes the editors begin again", () => {
  const { form } = made();
  const before = form.revision;
  form.block("ends_at", "Ends", "This is not a date.");
  form.discard();
  expect([form.changed, form.sentence]).toEqual([[], null]);
  expect(form.revision).toBeGreaterThan(before);
});
