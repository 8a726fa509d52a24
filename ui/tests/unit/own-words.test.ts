// What was written and not sent belongs to one user, and does not outlive their session in this browser.
import { beforeEach, expect, test, vi } from "vitest";
import { session } from "../../src/api/session.svelte";
import { countOwnWords, forgetOwnWords } from "../../src/workspace/own-words";
import { Drafts } from "../../src/workspace/drafts.svelte";
import { Thread } from "../../src/workspace/thread.svelte";
import { me } from "../fixtures/people";

const signIn = (id: string) => (session.me = { ...me, user: { ...me.user, id } });
const draft = (text: string) => ({ text, note: false, reply_to: null });

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("network")));
});

test("of two users at one computer none finds the other's words, and signing out removes one's own", async () => {
  signIn("u1");
  new Drafts().set("c1", draft("Dear Olena, your card number"));
  new Thread("c2").send({ text: "Sent without a network", attachments: [], reply_to: null });
  signIn("u2");
  expect(new Drafts().has("c1")).toBe(false);
  const other = new Drafts();
  other.set("c1", draft("Mine"));
  expect([countOwnWords("u1"), countOwnWords("u2")]).toEqual([2, 1]);

  forgetOwnWords("u1");
  const left = JSON.stringify({ ...localStorage });
  expect(left).not.toContain("card number");
  expect(left).not.toContain("without a network");
  expect(left).toContain("Mine");
  signIn("u1");
  expect(new Drafts().has("c1")).toBe(false);
  expect(countOwnWords("u1")).toBe(0);
});
