// Where a tap on an ice breaker or on an item of the menu can lead: the choices of the menus in the gateway's flow. Any other payload
// reaches the flow as what the customer said.
import type { Graph } from "../../flows/graph/types";

export type Target = { payload: string; title: string; menu: string };

export const SAID = "said";
export const OWN = "own";

/** Where a payload leads, as the list of choices names it: a choice of the flow by its payload, what the customer said, or
    the user's own payload. `own` is one that the user chose to type, even if it is that of a choice. */
export function leadOf(payload: string, title: string, targets: Target[], own: string | null): string {
  if (payload === own) return OWN;
  if (targets.some((target) => target.payload === payload)) return payload;
  return payload === title || payload === "" ? SAID : OWN;
}

export function targetsOf(flow: Graph | null): Target[] {
  return Object.entries(flow?.nodes ?? {}).flatMap(([id, node]) => {
    if (node.type !== "menu" || !Array.isArray(node.options)) return [];
    const menu = typeof node.text === "string" ? node.text : id;
    return (node.options as { id: string; title: string }[]).map((option) => ({
      payload: `menu:${id}:${option.id}`,
      title: option.title,
      menu,
    }));
  });
}
