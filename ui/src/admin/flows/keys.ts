// The keys of the canvas: everything that the mouse can do there.
import type { Designer } from "./designer.svelte";
import { remarkIndex } from "./graph/edits";

type Does = {
  open: (id: string) => void;
  add: () => void;
  connect: (id: string) => void;
  /** brings it into view, with the focus */
  show: (key: string) => void;
  find: () => void;
  close: () => void;
  help: () => void;
};
const ARROWS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" } as const;
const STEP = 20;

export function canvasKeys(designer: Designer, does: Does): (event: KeyboardEvent) => void {
  return (event) => {
    const target = event.target as HTMLElement;
    if (target.matches("input, textarea, select")) return;
    const key = target.closest<HTMLElement>(".svelte-flow__node")?.dataset.id ?? designer.current;
    if (act(event, key)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  function act(event: KeyboardEvent, key: string | null): boolean {
    const command = event.ctrlKey || event.metaKey;
    const arrow = ARROWS[event.key as keyof typeof ARROWS];
    if (arrow && event.altKey) {
      if (key !== null && !designer.selected.has(key)) designer.choose([key]);
      const by = event.shiftKey ? STEP * 5 : STEP;
      designer.nudge(
        arrow === "left" ? -by : arrow === "right" ? by : 0,
        arrow === "up" ? -by : arrow === "down" ? by : 0,
      );
      return true;
    }
    if (arrow && !command) {
      const to = designer.walk(arrow);
      if (to !== null) does.show(to);
      return true;
    }
    if (command && event.key.toLowerCase() === "a") {
      designer.choose([...Object.keys(designer.graph.nodes)]);
      return true;
    }
    if (command && event.key.toLowerCase() === "d") {
      if (designer.selected.size === 0 && key !== null) designer.choose([key]);
      designer.duplicate();
      return true;
    }
    if (command || event.altKey) return false;
    switch (event.key) {
      case "Enter":
        if (key === null) return false;
        if (remarkIndex(key) !== null) {
          (event.target as HTMLElement).querySelector("textarea")?.focus();
          return true;
        }
        does.open(key);
        return true;
      case " ": {
        if (key === null) return false;
        const next = new Set(designer.selected);
        if (!next.delete(key)) next.add(key);
        designer.choose(next);
        return true;
      }
      case "Delete":
      case "Backspace": {
        if (designer.selected.size === 0 && designer.selectedPorts.length === 0 && key !== null)
          designer.choose([key]);
        designer.remove();
        if (designer.current !== null) does.show(designer.current);
        return true;
      }
      case "Escape":
        designer.choose([]);
        designer.selectedPorts = [];
        does.close();
        return true;
      case "Home":
        if (!designer.node(designer.graph.start)) return false;
        designer.choose([designer.graph.start]);
        does.show(designer.graph.start);
        return true;
      case "?":
        does.help();
        return true;
    }
    // Letters by their place on the keyboard, regardless of the layout.
    if (event.code === "KeyA" || event.key === "Insert") {
      if (key !== null && designer.node(key)) designer.choose([key]);
      does.add();
      return true;
    }
    if (event.code === "KeyC" && key !== null && designer.node(key)) {
      does.connect(key);
      return true;
    }
    if (event.key === "/") {
      does.find();
      return true;
    }
    return false;
  }
}
