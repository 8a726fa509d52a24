// A yes-or-no question in our own dialog: `if (await ask({title, yes})) …`. <Ask /> in the shell draws it.

export type Question = {
  title: string;
  text?: string;
  yes: string;
  no?: string;
  tone?: "primary" | "danger";
};

export const asking = $state<{ question: Question | null }>({ question: null });
let settle: ((yes: boolean) => void) | null = null;

export function ask(question: Question): Promise<boolean> {
  settle?.(false);
  asking.question = question;
  return new Promise((resolve) => (settle = resolve));
}

export function answer(yes: boolean): void {
  asking.question = null;
  settle?.(yes);
  settle = null;
}
