// A yes-or-no question in our own dialog: `if (await ask({title, yes})) …`. <Ask /> in the shell draws it.

export type Question = {
  title: string;
  text?: string;
  yes: string;
  no?: string;
  tone?: "primary" | "danger";
};

export const asking = $state<{ question: Question | null }>({ question: null });
let resolveOpen: ((yes: boolean) => void) | null = null;

export function ask(question: Question): Promise<boolean> {
  resolveOpen?.(false);
  asking.question = question;
  return new Promise((resolve) => (resolveOpen = resolve));
}

export function answer(yes: boolean): void {
  asking.question = null;
  resolveOpen?.(yes);
  resolveOpen = null;
}
