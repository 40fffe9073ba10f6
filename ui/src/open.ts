import { mount, tick } from "svelte";
import Root from "./App.svelte";
import { firstTile } from "./grid/first-tile";
import { App } from "./state/app.svelte";
import type { Opening } from "./state/opening";

/** How long the window waits for a picture before it reads its other parts, in ms. */
const PATIENCE = 300;

/** Draws the window. */
export function open(opening: Opening): void {
  performance.mark("interface");
  const app = new App();
  void app.start(opening);
  const target = document.getElementById("app");
  if (!target) return;
  // An empty history has no picture to wait for.
  const patience = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE));
  const later = Promise.race([firstTile, patience]).then(() => import("./later"));
  target.replaceChildren();
  mount(Root, { target, props: { app, later } });
  void tick().then(() => performance.mark("shell"));
}
