// Where a tap on an ice breaker or on an item of the menu can lead: the choices of the menus in the gateway's flow. Any other payload
// reaches the flow as what the customer said.
import type { Graph } from "../../flows/graph/types";

export type Target = { payload: string; title: string; menu: string };

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
