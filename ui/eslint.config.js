import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const tauri = {
  group: ["@tauri-apps/*"],
  message: "Only ui/src/ipc/ talks to the host.",
};

export default ts.config(
  { ignores: ["dist", "node_modules", "src/ipc/bindings.ts"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  {
    languageOptions: {
      globals: Object.fromEntries(
        [
          ...["window", "document", "navigator", "localStorage", "performance", "console"],
          ...["Image", "Event", "CustomEvent", "MouseEvent", "KeyboardEvent", "PointerEvent"],
          ...[
            "WheelEvent",
            "ClipboardEvent",
            "ClipboardItem",
            "Blob",
            "URL",
            "File",
            "Element",
            "TextEncoder",
          ],
          ...["HTMLElement", "HTMLInputElement", "HTMLTextAreaElement", "HTMLImageElement"],
          ...[
            "HTMLDialogElement",
            "HTMLButtonElement",
            "HTMLSelectElement",
            "Node",
            "EventTarget",
            "location",
          ],
          ...[
            "requestAnimationFrame",
            "cancelAnimationFrame",
            "setTimeout",
            "clearTimeout",
            "matchMedia",
          ],
          ...["ResizeObserver", "DragEvent", "SubmitEvent", "FocusEvent"],
        ].map((name) => [name, "readonly"]),
      ),
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig },
    },
  },
  {
    // Sets and maps are replaced as a whole ($state.raw) or are no state at all.
    rules: { "svelte/prefer-svelte-reactivity": "off" },
  },
  {
    files: ["src/**"],
    ignores: ["src/ipc/**"],
    rules: { "no-restricted-imports": ["error", { patterns: [tauri] }] },
  },
  {
    files: ["src/shared/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            tauri,
            {
              regex: "^(\\$ipc|(\\.\\./)+(ipc|state|grid|features)/)",
              message: "shared/ knows nothing of the domain.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["src/features/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            tauri,
            { regex: "^\\.\\./(?!\\.\\.)", message: "Features never import each other." },
          ],
        },
      ],
    },
  },
);
