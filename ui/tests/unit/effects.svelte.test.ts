// What effects call must not make them run again: a loop there stops the whole Workspace.
import { flushSync } from "svelte";
import { expect, test, vi } from "vitest";
import { Toasts } from "../../src/kit/toasts.svelte";
import { commandCentre } from "../../src/workspace/command-centre.svelte";
import { Drafts } from "../../src/workspace/drafts.svelte";

/** Runs `act` in an effect; tells how often it ran. */
function counted(act: (value: string) => void): {
  runs: () => number;
  change: (to: string) => void;
  stop: () => void;
} {
  let value = $state("a");
  let runs = 0;
  const stop = $effect.root(() => {
    $effect(() => {
      runs++;
      act(value);
    });
  });
  flushSync();
  return {
    runs: () => runs,
    change: (to) => {
      value = to;
      flushSync();
    },
    stop,
  };
}

test("keeping a draft in an effect runs once per change", () => {
  const drafts = new Drafts();
  const effect = counted((text) => drafts.set("c-1", { text, note: false, reply_to: null }));
  expect(effect.runs()).toBe(1);
  effect.change("ab");
  expect(effect.runs()).toBe(2);
  drafts.set("c-2", { text: "elsewhere", note: false, reply_to: null });
  flushSync();
  expect(effect.runs()).toBe(2);
  expect(drafts.get("c-1").text).toBe("ab");
  effect.stop();
});

test("a toast shown by an effect is shown once, and not again when toasts go", () => {
  const toasts = new Toasts();
  const effect = counted((text) => toasts.show(text));
  expect(effect.runs()).toBe(1);
  toasts.dismiss(toasts.items[0]!.id);
  flushSync();
  expect(effect.runs()).toBe(1);
  expect(toasts.items).toHaveLength(0);
  effect.stop();
});

test("two tabs keep their drafts apart, and what one forgets is gone in the other", () => {
  const [here, there] = [new Drafts(), new Drafts()];
  here.set("c-1", { text: "mine", note: false, reply_to: null });
  there.set("c-2", { text: "theirs", note: true, reply_to: null });
  here.set("c-1", { text: "mine, longer", note: false, reply_to: null });
  const reloaded = new Drafts();
  expect([reloaded.get("c-1").text, reloaded.get("c-2").text]).toEqual(["mine, longer", "theirs"]);
  there.set("c-2", { text: "", note: false, reply_to: null });
  expect(new Drafts().has("c-2")).toBe(false);
});

test("what one tab sends does not take along what another wrote in the same conversation", () => {
  const listeners: ((event: { key: string }) => void)[] = [];
  vi.stubGlobal("addEventListener", (_: string, listener: (typeof listeners)[0]) => listeners.push(listener));
  const [here, there] = [new Drafts(), new Drafts()];
  vi.unstubAllGlobals();
  const noticed = () => listeners.forEach((listener) => listener({ key: "deskbell.draft..c-3" }));
  const type = (tab: Drafts, text: string) => {
    tab.set("c-3", { text, note: false, reply_to: null });
    noticed();
  };
  type(here, "mine");
  type(there, "theirs");
  type(there, "");
  expect(new Drafts().get("c-3").text).toBe("mine");
  // Where both tabs showed the same words, they are sent, and gone.
  type(there, "mine");
  type(there, "");
  expect(new Drafts().has("c-3")).toBe(false);
});

test("a page that adds its commands in an effect runs it once", () => {
  const run = counted(() => void commandCentre.provide(() => null));
  expect(run.runs()).toBe(1);
  const other = commandCentre.provide(() => null);
  other();
  flushSync();
  expect(run.runs()).toBe(1);
  run.stop();
});
