// One line of the command bar.
import type { Component } from "svelte";

export type Command = {
  id: string;
  label: string;
  group: string;
  hint?: string;
  shortcut?: string;
  icon?: Component<{ size?: number }>;
  run: () => void;
};
