// Writes src/api/schema.d.ts from the server's OpenAPI document. `npm run api`; every build and check does it first.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const out = new URL("../src/api/schema.d.ts", import.meta.url);
const document = JSON.parse(readFileSync(new URL("../../openapi.json", import.meta.url), "utf8"));
const named = (ref) => document.components.schemas[ref.split("/").at(-1)];

/** Calls `visit` for a schema and each schema that it uses, once. */
function walk(schema, visit, seen) {
  if (!schema || typeof schema !== "object" || seen.has(schema)) return;
  seen.add(schema);
  if (schema.$ref) walk(named(schema.$ref), visit, seen);
  visit(schema);
  for (const key of ["oneOf", "anyOf", "allOf"])
    for (const part of schema[key] ?? []) walk(part, visit, seen);
  for (const part of Object.values(schema.properties ?? {})) walk(part, visit, seen);
  walk(schema.items, visit, seen);
  walk(schema.additionalProperties, visit, seen);
}
const mayBeNull = ({ type, oneOf = [] }) =>
  [type].flat().includes("null") || oneOf.some((part) => part.type === "null");

// The server sends every key that may be null, and omits only those that may not. The document says "optional" for both.
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
const bodies = (holder) => Object.values(holder?.content ?? {}).map((body) => body.schema);
const asked = new Set();
for (const operation of operations)
  for (const schema of bodies(operation.requestBody)) walk(schema, () => {}, asked);
const answered = new Set(asked);
for (const operation of operations)
  for (const answer of Object.values(operation.responses ?? {}))
    for (const schema of bodies(answer))
      walk(
        schema,
        (part) => {
          const nullable = Object.entries(part.properties ?? {}).filter(([, value]) => mayBeNull(value));
          if (nullable.length)
            part.required = [...new Set([...(part.required ?? []), ...nullable.map(([key]) => key)])];
        },
        answered,
      );

const text = astToString(await openapiTS(document));
// An unchanged file keeps its time, so that nothing is built for it.
if (!existsSync(out) || readFileSync(out, "utf8") !== text) writeFileSync(out, text);
