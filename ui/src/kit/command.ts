// One line of the command bar.
import type { Component } from "svelte";
import type { Highlight } from "./marked";

export type Command = {
  id: string;
  label: string;
  group: string;
  hint?: string;
  /** shown instead of the hint: the positions of the search words */
  marked?: Highlight;
  shortcut?: string;
  icon?: Component<{ size?: number }>;
  /** only in search results, because there may be many of its kind */
  onlyFound?: boolean;
  run: () => void;
};
