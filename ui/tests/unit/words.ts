// The words of the UI in one module per language, for tests: as one module per message, which is how the UI is built, loading
// them takes most of the time of each test file.
import { compile } from "@inlang/paraglide-js";

export const WORDS = `${import.meta.dirname}/../../node_modules/.cache/words`;

export default async () => {
  await compile({
    project: "./project.inlang",
    outdir: WORDS,
    strategy: ["baseLocale"],
    outputStructure: "locale-modules",
  });
};
