// Moving conversations to a queue or a colleague, a few at the same time. Each succeeds or fails on its own.
import { api, sentenceOf } from "../api/client";
import type { Conversation } from "../api/models";

export type MoveTo = { queue_id: string } | { agent_id: string };
export type Moved = { moved: Conversation[]; failed: { conversation: Conversation; why: string }[] };

const AT_ONCE = 4;

export async function move(
  conversations: Conversation[],
  to: MoveTo,
  note: string,
  progress: (done: number) => void = () => {},
): Promise<Moved> {
  const result: Moved = { moved: [], failed: [] };
  const rest = [...conversations];
  let done = 0;
  const worker = async () => {
    for (let next = rest.shift(); next; next = rest.shift()) {
      try {
        const body = note ? { ...to, note } : to;
        result.moved.push(await api.post("/conversations/{id}/transfer", { path: { id: next.id }, body }));
      } catch (error) {
        result.failed.push({ conversation: next, why: sentenceOf(error) });
      }
      progress(++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, rest.length) }, worker));
  return result;
}
