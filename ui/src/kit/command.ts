// One line of the command bar.
import type { Component } from "svelte";

export type Command = {
  id: string;
  label: string;
  group: string;
  hint?: string;
  shortcut?: string;
  icon?: Component<{ size?: number }>;
  /** not in the list until words are typed: there may be many of its kind */
  onlyFound?: boolean;
  run: () => void;
};
