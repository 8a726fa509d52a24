// The scene of a simulation: the parts that a flow uses, and its fields as edited in a form.
import type { Scene } from "../model";
import type { Graph } from "../graph/types";

/** What the nodes of a flow use: ids of calendars and queues, nodes that call other systems. */
export type Wanted = {
  calendars: string[];
  queues: string[];
  asking: { id: string; type: string; url: string }[];
};

const words = (value: unknown) => (typeof value === "string" ? value : "");

export function wanted(graph: Graph, firstQueue: string | undefined): Wanted {
  const calendars = new Set<string>();
  const queues = new Set<string>();
  const asking: Wanted["asking"] = [];
  for (const [id, node] of Object.entries(graph.nodes)) {
    if (node.type === "calendar" && words(node.calendar_id)) calendars.add(words(node.calendar_id));
    if (node.type === "join_queue" || node.type === "transfer") {
      const queue = words(node.queue_id) || firstQueue;
      if (queue) queues.add(queue);
    }
    if (["http", "webhook", "ai_reply"].includes(node.type))
      asking.push({ id, type: node.type, url: words(node.url) });
  }
  return { calendars: [...calendars], queues: [...queues], asking };
}

/** The scene without empty values: for omitted ones the server's defaults apply. */
export function trimmed(scene: Scene): Scene {
  const withoutEmpty = <T extends object>(value: T | null | undefined): T | undefined => {
    const left = Object.entries(value ?? {}).filter(([, it]) => it !== "" && it !== undefined && it !== null);
    return left.length > 0 ? (Object.fromEntries(left) as T) : undefined;
  };
  const queues = Object.entries(scene.queues ?? {}).flatMap(([id, queue]) => {
    const left = withoutEmpty(queue);
    return left ? [[id, left] as const] : [];
  });
  return (
    withoutEmpty({
      ...scene,
      contact: withoutEmpty(scene.contact),
      calendars: withoutEmpty(scene.calendars),
      http: withoutEmpty(scene.http),
      queues: queues.length > 0 ? Object.fromEntries(queues) : undefined,
      // Without a time the zone has no meaning.
      time_zone: scene.now ? scene.time_zone : undefined,
    } as Scene) ?? {}
  );
}

export type AnswerMode = "none" | "given" | "real";
export function answerMode(scene: Scene, id: string): AnswerMode {
  const answer = scene.http?.[id];
  if (answer === undefined) return "none";
  return answer === "real" ? "real" : "given";
}

/** A body that is JSON is sent as JSON; anything else as the text that it is. */
export function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
export const textOf = (body: unknown): string =>
  body === undefined || body === null ? "" : typeof body === "string" ? body : JSON.stringify(body, null, 2);
