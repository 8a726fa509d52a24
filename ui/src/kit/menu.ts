// What a Menu lists.
import type { Component } from "svelte";

export type MenuItem =
  | {
      kind?: "item";
      label: string;
      hint?: string;
      icon?: Component<{ size?: number }>;
      checked?: boolean;
      tone?: "alarm";
      disabled?: boolean;
      run: () => void;
    }
  | { kind: "line" }
  | { kind: "title"; label: string };
