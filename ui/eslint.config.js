// Rules that find mistakes. Layout is Prettier's, types are svelte-check's and tsc's.
import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

export default ts.config(
  {
    ignores: [
      "dist",
      "node_modules",
      "project.inlang",
      "src/paraglide",
      "src/api/schema.d.ts",
      "test-results",
    ],
  },
  js.configs.recommended,
  ts.configs.recommended,
  svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      // TypeScript finds undefined names itself, and knows the types that a browser brings.
      "no-undef": "off",
      // The JSON editor's grammar names control characters on purpose.
      "no-control-regex": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreRestSiblings: true }],
      eqeqeq: "error",
      // `{" "}` keeps a space that Svelte would trim at the edge of a block.
      "svelte/no-useless-mustaches": "off",
      // Most maps, sets and dates here are private caches, and deliberately not reactive.
      "svelte/prefer-svelte-reactivity": "off",
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig },
    },
  },
);
