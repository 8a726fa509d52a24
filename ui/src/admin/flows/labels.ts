// What the parts of a flow are called.
import { m } from "../../paraglide/messages.js";
import type { Node, NodeOf } from "./model";

export function typeName(node: Node): string {
  const names: Record<Node["type"], () => string> = {
    send: m.admin_node_send,
    menu: m.admin_node_menu,
    ask: m.admin_node_ask,
    condition: m.admin_node_condition,
    set: m.admin_node_set,
    join_queue: m.admin_node_join_queue,
    close: m.admin_node_close,
  };
  // A newer server may know more kinds of nodes than this page.
  return names[node.type]?.() ?? String(node.type);
}

export function conditionWords(node: NodeOf<"condition">): string {
  const of = { variable: node.variable, value: node.value ?? "" };
  const words = {
    equals: m.admin_cond_equals,
    contains: m.admin_cond_contains,
    exists: m.admin_cond_exists,
    greater: m.admin_cond_greater,
    less: m.admin_cond_less,
  };
  return (words[node.is] ?? m.admin_cond_exists)(of);
}
