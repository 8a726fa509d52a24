// Unit tests: stores and pure helpers, without a browser.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { WORDS } from "./tests/unit/words";

export default defineConfig({
  plugins: [svelte()],
  resolve: {
    conditions: ["browser"],
    alias: [{ find: /^.*\/paraglide\/(messages|runtime)\.js$/, replacement: `${WORDS}/$1.js` }],
  },
  test: {
    environment: "./tests/unit/environment.ts",
    include: ["tests/unit/**/*.test.ts"],
    globalSetup: ["tests/unit/words.ts"],
    setupFiles: ["tests/unit/setup.ts"],
    // On a busy machine loading a module may take longer than the default.
    testTimeout: 60_000,
  },
});
