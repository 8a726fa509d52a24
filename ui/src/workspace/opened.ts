// What is open in the middle of Workspace, by its address.
import { match } from "../router.svelte";

export function opened(path: string): { conversation: string | null; comment: string | null } {
  const id = match("/workspace/:id", path)?.id ?? null;
  return {
    conversation: id === "comments" ? null : id,
    comment: match("/workspace/comments/:id", path)?.id ?? null,
  };
}

/** Whether something is open, which on a phone covers the lists. */
export const isReading = (path: string): boolean => Object.values(opened(path)).some(Boolean);
