// A flow as a file: exported with its tests, and read into the draft.
import { download, fileName } from "../../kit/download";
import { toasts } from "../../kit/toasts.svelte";
import { m } from "../../paraglide/messages.js";
import type { Designer } from "./designer.svelte";
import { isGraph } from "./graph/read";
import { exportFlow } from "./model";

/** With its tests, and with what is not saved yet. */
export async function exportFile(id: string, designer: Designer): Promise<void> {
  const exported = await exportFlow(id).catch(() => null);
  const file = exported ? { ...exported, name: designer.name, body: designer.graph } : designer.graph;
  const text = `${JSON.stringify(file, null, 2)}\n`;
  download(new Blob([text], { type: "application/json" }), `${fileName(designer.name, "flow")}.json`);
}

/** False if the file holds no flow. */
export async function importFile(chosen: File, designer: Designer): Promise<boolean> {
  try {
    const read = JSON.parse(await chosen.text()) as { body?: unknown } | null;
    // An export contains the flow and its tests; the tests are imported where a file becomes a new flow.
    const body = read?.body ?? read;
    if (!isGraph(body)) throw new SyntaxError("not a flow");
    designer.edit(body);
    toasts.show(m.admin_flow_imported(), { tone: "ok" });
    return true;
  } catch {
    toasts.show(m.admin_flow_import_bad({ name: chosen.name }), { tone: "alarm" });
    return false;
  }
}
