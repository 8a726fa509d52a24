// Attributes as rows of a form and back.
import { freshId } from "../../kit/id";

export type AttributeRow = { id: string; key: string; value: string };

export const rowsOf = (attributes: Record<string, string>): AttributeRow[] =>
  Object.entries(attributes).map(([key, value]) => ({ id: freshId(), key, value }));

/** Rows without a key are ignored; of two with the same key the later one counts. */
export const attributesOf = (rows: AttributeRow[]): Record<string, string> =>
  Object.fromEntries(
    rows.map((row) => [row.key.trim(), row.value.trim()] as const).filter(([key]) => key !== ""),
  );
