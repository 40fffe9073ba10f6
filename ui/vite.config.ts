import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode, command }) => {
  if (mode === "mock" && command === "build") throw new Error("The mock is for looking only.");
  return {
    plugins: [svelte()],
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
