// Looks at the built pages in Chromium against the mock server: screenshots, axe, short journeys. `npm run browser` leaves out the
// tours (admin, pages), which take a picture of every page in every size and theme.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/shots/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
