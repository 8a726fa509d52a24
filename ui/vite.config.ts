// Builds the user interface in one language (`UI_LANGUAGE`, else English); `scripts/build.mjs` calls it for each.
import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const language = process.env.UI_LANGUAGE ?? "en";

/** Leaves of each message only the text of this language: no one loads a language that they do not read. */
function oneLanguage(): Plugin {
  return {
    name: "one-language",
    transform: {
      filter: { id: /\/src\/paraglide\/messages\/[^_/][^/]*\.js$/ },
      handler(code) {
        const [all, name] = /^export const (\w+) = [\s\S]*$/m.exec(code) ?? [];
        if (!all || !name || !code.includes(`const ${language}_${name} =`))
          throw new Error(
            "Paraglide writes its messages in another form: adapt one-language in vite.config.ts.",
          );
        return code
          .replace(all, `export const ${name} = ${language}_${name};\n`)
          .replace(/^import \{.*runtime\.js.*$/m, "");
      },
    },
    transformIndexHtml: (html) =>
      html
        .replace('<html lang="en"', `<html lang="${language}"`)
        // The letters of the first words on the page.
        .replace("inter-latin-wght", language === "uk" ? "inter-cyrillic-wght" : "inter-latin-wght"),
  };
}

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
    oneLanguage(),
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
