// What the forms of nodes need in addition to the node itself.
import { getContext, setContext } from "svelte";
import type { Queue } from "../../../api/models";
import type { Names } from "../describe";
import type { After, Designer } from "../designer.svelte";
import type { FlowNode } from "../graph/types";
import type { VariableGroup } from "../variables";

export type Choice = { value: string; label: string };
export interface PanelModel {
  readonly designer: Designer;
  readonly names: Names;
  readonly queues: Queue[];
  /** the language model of the settings is off */
  readonly modelIsOff: boolean;
  /** the possible targets of a node, for a selection; read from the server on demand */
  choices: (kind: "queue" | "calendar" | "agent" | "flow" | "label") => Choice[];
  /** requests a new step after a port */
  add: (after: After) => void;
  variables: (node: FlowNode, secrets: boolean) => VariableGroup[];
  /** the longest text of a field, in characters */
  most: (type: string, field: string) => number | undefined;
  range: (type: string, field: string) => { min?: number; max?: number };
}

const KEY = Symbol("panel");
export const providePanel = (model: PanelModel): PanelModel => setContext(KEY, model);
export const usePanel = (): PanelModel => getContext<PanelModel>(KEY);
