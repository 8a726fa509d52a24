// Unit tests: stores and pure helpers, without a browser.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  resolve: { conditions: ["browser"] },
  test: {
    environment: "./tests/unit/environment.ts",
    include: ["tests/unit/**/*.test.ts"],
    setupFiles: ["tests/unit/setup.ts"],
    // The modules of the UI are loaded once, not for each file: that takes a sixth of the time.
    isolate: false,
    // On a busy machine loading a module may take longer than the default.
    testTimeout: 60_000,
  },
});
