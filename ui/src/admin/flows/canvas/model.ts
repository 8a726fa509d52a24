// What the drawn nodes read in addition to their own data: a context, so that a marker redraws only the nodes that
// show it.
import { getContext, setContext } from "svelte";
import type { Names } from "../describe";

export type Mark = {
  problems: readonly string[];
  warnings: readonly string[];
  /** the simulator went through it */
  lit: boolean;
  /** the simulator is here */
  here: boolean;
  found: boolean;
  difference: "added" | "removed" | "changed" | null;
  /** how many customers are there, and how many left there */
  customers?: { here: number; left: number } | undefined;
};
export interface CanvasModel {
  readonly names: Names;
  readonly start: string;
  readonly editable: boolean;
  mark: (id: string) => Mark;
  open: (id: string) => void;
  changeRemark: (key: string, change: { text?: string; width?: number; height?: number }) => void;
}

const KEY = Symbol("canvas");
export const provideModel = (model: CanvasModel): CanvasModel => setContext(KEY, model);
export const useModel = (): CanvasModel => getContext<CanvasModel>(KEY);
