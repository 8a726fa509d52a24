// Forms: what their fields hold and send, and how their fields are ordered; who opens which page of Admin.
import { expect, test } from "vitest";
import { mayOpen, visible } from "../../src/admin/nav";
import { freshKey, moved, withoutBlankChoices } from "../../src/admin/work/form-fields";
import { session } from "../../src/api/session.svelte";
import { draftOf, isChanged, valuesOf } from "../../src/workspace/form/answers";
import { forms, me } from "../fixtures/people";

const { fields } = forms[0]!;

test("what a form holds is sent back as it came, and empty fields are not answered", () => {
  const values = { topic: "Refund", amount: 12.5, due: "2026-12-24", solved: true };
  const draft = draftOf(fields, values);
  expect(draft).toEqual({ topic: "Refund", amount: "12.5", due: "2026-12-24", solved: true });
  expect(isChanged(fields, draft, values)).toBe(false);
  const emptied = { ...draft, topic: " ", solved: false };
  expect(valuesOf(fields, emptied)).toEqual({ amount: "12.5", due: "2026-12-24" });
  expect(isChanged(fields, emptied, values)).toBe(true);
  expect(draftOf(fields, {})).toEqual({ topic: "", amount: "", due: "", solved: false });
});

test("fields get keys of their own, move within the list and lose blank choices", () => {
  expect(freshKey(["topic"])).toBe("field_2");
  expect(freshKey(["topic", "field_3"])).toBe("field_4");
  expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
  expect(moved(["a", "b", "c"], 2, 1)).toEqual(["a", "b", "c"]);
  expect(moved(["a"], 3, -1)).toEqual(["a"]);
  const choices = withoutBlankChoices([{ ...fields[0]!, choices: ["Refund", " ", ""] }]);
  expect(choices[0]!.choices).toEqual(["Refund"]);
});

test("a role opens the pages of Admin that its permissions are for", () => {
  const hrefs = (permissions: typeof me.permissions) => {
    session.me = { ...me, permissions };
    return visible().flatMap((group) => group.places.map((place) => place.href));
  };
  const editor = hrefs(["content", "answer"]);
  expect(editor).toContain("/admin/macros");
  expect(editor).not.toContain("/admin/queues");
  expect(session.administers).toBe(true);
  expect(hrefs(["supervise", "see_all", "answer"])).toContain("/admin/users");
  expect(mayOpen({ needs: "queues" })).toBe(false);
  expect(hrefs(["answer"])).toEqual([]);
  expect(session.administers).toBe(false);
  session.me = null;
});
