// The languages of the interface, as project.inlang lists them. The first one is what others fall back to.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const { baseLocale, locales } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../project.inlang/settings.json"), "utf8"),
);
export const LANGUAGES = [baseLocale, ...locales.filter((one) => one !== baseLocale)];
