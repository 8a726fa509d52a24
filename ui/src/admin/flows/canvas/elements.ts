// What is drawn: nodes, remarks and connections for the canvas, recreated only where something changed.
import type { Edge, Node } from "@xyflow/svelte";
import { remarkKey } from "../graph/edits";
import { remarkSize, sizeOf } from "../graph/layout";
import { ports, type Port } from "../graph/ports";
import type { FlowNode, Graph, Point, Remark } from "../graph/types";

export type StepElement = Node<{ node: FlowNode }, "step">;
export type RemarkElement = Node<{ remark: Remark }, "remark">;
export type Drawn = StepElement | RemarkElement;
export type Link = Edge<{ port: Port }>;

type View = {
  graph: Graph;
  places: Record<string, Point>;
  selected: ReadonlySet<string>;
  /** the one element that Tab reaches */
  current: string | null;
  label: (id: string) => string;
};

export function drawNodes(before: Drawn[], { graph, places, selected, current, label }: View): Drawn[] {
  const known = new Map(before.map((it) => [it.id, it]));
  const nodes = Object.entries(graph.nodes).map(([id, node]): Drawn => {
    const old = known.get(id);
    const position = places[id] ?? { x: 0, y: 0 };
    const tabindex = id === current ? 0 : -1;
    const chosen = selected.has(id);
    if (
      old?.type === "step" &&
      old.data.node === node &&
      at(old, position) &&
      (old.selected ?? false) === chosen &&
      old.domAttributes?.tabindex === tabindex &&
      old.ariaLabel === label(id)
    )
      return old;
    const { width, height } = sizeOf(node);
    return {
      ...(old?.type === "step" ? old : { initialWidth: width, initialHeight: height }),
      id,
      type: "step",
      position,
      data: { node },
      selected: chosen,
      ariaLabel: label(id),
      domAttributes: { tabindex },
    } as StepElement;
  });
  const remarks = (graph.comments ?? []).map((remark, i): Drawn => {
    const id = remarkKey(i);
    const old = known.get(id);
    const position = remark.position ?? { x: 0, y: 0 };
    const tabindex = id === current ? 0 : -1;
    const chosen = selected.has(id);
    if (
      old?.type === "remark" &&
      old.data.remark === remark &&
      at(old, position) &&
      (old.selected ?? false) === chosen &&
      old.domAttributes?.tabindex === tabindex
    )
      return old;
    const { width, height } = remarkSize(remark);
    return {
      ...(old?.type === "remark" ? old : {}),
      id,
      type: "remark",
      position,
      width,
      height,
      data: { remark },
      selected: chosen,
      ariaLabel: label(id),
      domAttributes: { tabindex },
      zIndex: -1,
    } as RemarkElement;
  });
  const all = [...nodes, ...remarks];
  return all.length === before.length && all.every((it, i) => it === before[i]) ? before : all;
}

const at = ({ position }: Drawn, { x, y }: Point) => position.x === x && position.y === y;

/** A connection is identified by the port where it starts. */
export const linkId = (id: string, pointer: string) => `${id}${pointer}`;

export function drawLinks(
  before: Link[],
  graph: Graph,
  look: (id: string, port: Port) => string,
  chosen: ReadonlySet<string>,
): Link[] {
  const known = new Map(before.map((it) => [it.id, it]));
  const links = Object.entries(graph.nodes).flatMap(([source, node]) =>
    ports(node).flatMap((port): Link[] => {
      const target = port.to;
      if (target === undefined || !Object.hasOwn(graph.nodes, target)) return [];
      const id = linkId(source, port.pointer);
      const old = known.get(id);
      const style = look(source, port);
      const selected = chosen.has(id);
      if (old && old.target === target && old.class === style && (old.selected ?? false) === selected)
        return [old];
      const { pointer } = port;
      return [{ id, source, target, sourceHandle: pointer, class: style, selected, data: { port } }];
    }),
  );
  return links.length === before.length && links.every((it, i) => it === before[i]) ? before : links;
}
