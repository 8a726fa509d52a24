// The language model as its form edits it. Its key is only ever sent, never read.
import type { Settings } from "../../api/models";
import type { components } from "../../api/schema";

export type Model = { url: string; model: string; enabled: boolean; agents: boolean; key: string };

export const asked = ({ url, model, enabled, agents }: Settings["ai"]): Model => ({
  url,
  model,
  enabled,
  agents,
  key: "",
});

/** A key that was not typed again stays. */
export const changed = ({ key, ...rest }: Model): components["schemas"]["AiChange"] => ({
  ...rest,
  ...(key !== "" && { key }),
});
