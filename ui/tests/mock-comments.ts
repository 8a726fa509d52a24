// The comments of the mock: their lists, and what is done with one.
import type { Comment } from "../src/api/models";

type Answer = [status: number, body: unknown];

/** What the server answers to a request about comments; null if it is about something else. */
export function commentAnswer(method: string, path: string, url: URL, all: Comment[]): Answer | null {
  const [, noun, id, verb, comment, last] = path.split("/");
  const ofPage = noun === "pages" && verb === "comments";
  if (noun !== "comments" && !ofPage) return null;
  if (path === "/comments/count")
    return [200, { needs_answer: all.filter((one) => one.needs_answer).length }];
  const wanted = url.searchParams.get("needs_answer");
  const state = url.searchParams.get("state");
  if (path === "/comments" || (ofPage && !comment)) {
    const items = all.filter(
      (one) =>
        (!ofPage || one.page_id === id) &&
        (!wanted || String(one.needs_answer) === wanted) &&
        (!state || one.state === state),
    );
    return [200, { items, next: null }];
  }
  const found = all.find((one) => one.id === (ofPage ? comment : id));
  if (!found)
    return [
      404,
      { title: "", status: 404, detail: "There is no such comment, or you do not have access to it." },
    ];
  if (method === "GET") {
    const above = all.filter((one) => one.comment_id === found.parent_id && one !== found);
    return [200, { comment: found, above }];
  }
  if (last === "reply") {
    const now = new Date().toISOString();
    Object.assign(found, { reply_until: null, replied_at: now, reply_status: "sent", needs_answer: false });
    return [201, {}];
  }
  const done = verb === "done";
  if (done && found.done_at)
    return [
      409,
      { title: "", status: 409, detail: `${found.done_by} has marked this comment as done already.` },
    ];
  Object.assign(found, {
    done_at: done ? new Date().toISOString() : null,
    done_by: done ? "Maria Koval" : null,
    needs_answer: !done && found.reply_until !== null,
  });
  return [200, found];
}
