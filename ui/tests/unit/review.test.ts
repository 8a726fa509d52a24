// App Review: the markup of public pages, and drafts beside what others change.
import { expect, test } from "vitest";
import { Form } from "../../src/admin/components/form.svelte";
import { inside } from "../../src/admin/gateways/review/draft";
import { blocks } from "../../src/admin/gateways/review/markup";

test("headings, lists, paragraphs and links are read as the server reads them", () => {
  const page = blocks("# Who\n## More\nOne\ntwo\n\nthree\n- a\n- [mail](mailto:a@b.example)\n\n- c");
  expect(page.map((block) => [block.kind, block.lines.length])).toEqual([
    ["h2", 1],
    ["h3", 1],
    ["text", 2],
    ["text", 1],
    ["list", 2],
    ["list", 1],
  ]);
  expect(page[4]?.lines[1]).toEqual([{ text: "mail", href: "mailto:a@b.example" }]);
});

test("what is no link of the web stays text", () => {
  const [block] = blocks("[x](javascript:alert(1)) <b>no</b> [y](https://y.example) end");
  expect(block?.lines[0]).toEqual([
    { text: "[x](javascript:alert(1)) <b>no</b> " },
    { text: "y", href: "https://y.example" },
    { text: " end" },
  ]);
});

test("addresses of this installation are screens, others leave it", () => {
  expect(inside("https://desk.example/admin/gateways/7/review#data", "https://desk.example")).toBe(
    "/admin/gateways/7/review#data",
  );
  expect(inside("https://developers.facebook.com/apps/1/", "https://desk.example")).toBeNull();
  expect(inside("https://desk.example/legal/7/privacy", "https://desk.example")).toBeNull();
  expect(inside("nonsense", "https://desk.example")).toBeNull();
});

type Thing = { version: number; name: string; town: string };
const thing = (version: number, name: string, town: string): Thing => ({ version, name, town });
const form = () => {
  const sent: unknown[] = [];
  const edited = new Form<Thing, { name: string; town: string }>(
    {
      read: ({ name, town }) => ({ name, town }),
      labels: { name: () => "Name", town: () => "Town" },
      send: async (changes, version) => (sent.push([changes, version]), thing(version + 1, "x", "y")),
    },
    thing(1, "Lavka", "Lviv"),
  );
  return { edited, sent };
};

test("what changed elsewhere slides below an edit, and the edit is saved on the newest version", async () => {
  const { edited, sent } = form();
  edited.draft.name = "Mine";
  edited.merge(thing(2, "Lavka", "Kyiv"));
  expect(edited.draft).toEqual({ name: "Mine", town: "Kyiv" });
  expect(edited.changed).toEqual(["Name"]);
  await edited.save();
  expect(sent).toEqual([[{ name: "Mine" }, 2]]);
});

test("the same field changed elsewhere is not slid over: the save will ask", async () => {
  const { edited, sent } = form();
  edited.draft.name = "Mine";
  edited.merge(thing(2, "Theirs", "Kyiv"));
  expect(edited.draft).toEqual({ name: "Mine", town: "Lviv" });
  await edited.save();
  expect(sent).toEqual([[{ name: "Mine" }, 1]]);
});
