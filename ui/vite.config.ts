// Builds the user interface into ui/dist, which the server embeds.
import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  // Relative to <base>, so that one build serves under any path.
  base: "./",
  plugins: [
    paraglideVitePlugin({
      project: "./project.inlang",
      outdir: "./src/paraglide",
      strategy: ["baseLocale"],
      // One module per message, so that a room ships only the words it shows.
      outputStructure: "message-modules",
    }),
    svelte(),
  ],
  build: {
    target: "es2022",
    // The CSP allows no data: fonts or styles, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
