// A flow as the designer changes it: plain JSON, never changed in place. A node of a newer server is preserved, so a
// node is known here by its `type` only; its form knows the rest.

export type Point = { x: number; y: number };
export type FlowNode = {
  type: string;
  position?: Point | null;
  comment?: string | null;
  [field: string]: unknown;
};
/** A remark on the canvas. */
export type Remark = { text: string; position?: Point | null; width?: number | null; height?: number | null };
export type Keyword = { words: string[]; next?: string | null };
export type Graph = {
  schema: number;
  start: string;
  nodes: Record<string, FlowNode>;
  keywords?: Keyword[];
  comments?: Remark[];
};
