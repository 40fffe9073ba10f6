import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import type { HtmlTagDescriptor, Plugin } from "vite";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Lets the window fetch what it is drawn with while the first script still runs. */
function fetchesAhead(): Plugin {
  return {
    name: "fetches-ahead",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle }) {
        const parts = Object.values(bundle ?? {}).flatMap((part) =>
          part.type === "chunk" ? [part] : [],
        );
        const open = parts.find(({ name }) => name === "open");
        const needed = parts.filter(
          ({ fileName }) => fileName === open?.fileName || open?.imports.includes(fileName),
        );
        const styles = needed.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]);
        const link = (attrs: HtmlTagDescriptor["attrs"]): HtmlTagDescriptor => ({
          tag: "link",
          attrs: { ...attrs, crossorigin: true },
          injectTo: "head",
        });
        return [
          ...needed
            .filter(({ fileName }) => !html.includes(fileName))
            .map(({ fileName }) => link({ rel: "modulepreload", href: `/${fileName}` })),
          ...styles.map((style) => link({ rel: "preload", as: "style", href: `/${style}` })),
        ];
      },
    },
  };
}

export default defineConfig(({ mode, command }) => {
  if (mode === "mock" && command === "build") throw new Error("The mock is for looking only.");
  return {
    plugins: [svelte(), fetchesAhead()],
    resolve: {
      alias: [
        {
          find: /^\$ipc$/,
          replacement: at(mode === "mock" ? "./dev/mock-ipc.ts" : "./src/ipc/index.ts"),
        },
      ],
      ...(mode === "test" ? { conditions: ["browser"] } : {}),
    },
    clearScreen: false,
    server: { port: 1420, strictPort: true, host: "127.0.0.1" },
    build: {
      target: "safari16",
      // The content security policy allows no data: URLs and no inline scripts.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
    test: {
      environment: "happy-dom",
      include: ["src/**/*.test.ts"],
      restoreMocks: true,
    },
  };
});
