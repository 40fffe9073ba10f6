import { mount, tick } from "svelte";
import Root from "./App.svelte";
import { App } from "./state/app.svelte";
import type { Opening } from "./state/opening";

/** Draws the window. */
export function open(opening: Opening): void {
  const app = new App();
  void app.start(opening);
  const target = document.getElementById("app");
  if (!target) return;
  mount(Root, { target, props: { app } });
  void tick().then(() => performance.mark("shell"));
}
