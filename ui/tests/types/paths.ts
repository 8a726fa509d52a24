// Compile-time only: what the typed client takes and refuses.
import { all, api } from "../../src/api/client";
import type { Conversation, Page } from "../../src/api/models";

const path = { id: "1" };

export async function taken(): Promise<void> {
  const conversation: Conversation = await api.get("/conversations/{id}", { path });
  const pages: Page[] = await all("/gateways/{id}/pages", { path });
  const nothing: void = await api.delete("/session", { quiet401: true });
  await api.get("/conversations", { query: { limit: 3 } });
  await api.post("/conversations/{id}/close", { path, body: { reason: null } });
  await api.put("/me/picture", { body: new FormData() });
  void [conversation, pages, nothing];
}

export async function refused(): Promise<void> {
  // @ts-expect-error There is no such path.
  await api.get("/nowhere");
  // @ts-expect-error The path does not know this method.
  await api.put("/me");
  // @ts-expect-error The id is missing.
  await api.get("/conversations/{id}");
  // @ts-expect-error A required key of the body is missing.
  await api.put("/me/password", { body: { current: "x" } });
  // @ts-expect-error The query knows no such name.
  await api.get("/conversations", { query: { colour: "red" } });
  // @ts-expect-error The path takes no query.
  await api.get("/me", { query: { limit: 3 } });
  // @ts-expect-error Not a list.
  await all("/me");
}
