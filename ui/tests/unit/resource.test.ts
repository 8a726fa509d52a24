// A resource of an admin page: what changes while it is read again is not lost, and neither is the answer.
import { expect, test, vi } from "vitest";
import { Resource } from "../../src/admin/components/resource.svelte";

vi.mock("svelte", async (original) => ({ ...(await original<object>()), onDestroy: () => {} }));

test("a change during a read is made in its answer too", async () => {
  const answers: ((list: string[]) => void)[] = [];
  const names = new Resource(() => new Promise<string[]>((done) => answers.push(done)));
  const first = names.load();
  answers[0]!(["Ben", "Olena"]);
  await first;
  const again = names.load();
  names.change((list) => list.map((name) => (name === "Ben" ? "Benjamin" : name)));
  expect(names.data).toEqual(["Benjamin", "Olena"]);
  answers[1]!(["Ben", "Olena", "Taras"]);
  await again;
  expect(names.data).toEqual(["Benjamin", "Olena", "Taras"]);
});

test("what was changed before a read began is not changed again", async () => {
  const answers = [["Ben"], ["Olena"]];
  const names = new Resource(() => Promise.resolve(answers.shift()!));
  await names.load();
  names.change((list) => [...list, "Taras"]);
  await names.load();
  expect(names.data).toEqual(["Olena"]);
});

test("another response replaces the data, and an answer that is on its way no longer counts", async () => {
  let answer: (text: string) => void = () => {};
  const text = new Resource(() => new Promise<string>((done) => (answer = done)));
  const reading = text.load();
  text.put("saved");
  answer("read");
  await reading;
  expect(text.data).toBe("saved");
});
