import { mount, tick } from "svelte";
import Root from "./App.svelte";
import { App } from "./state/app.svelte";
import "./styles/base.css";

const app = new App();
void app.start();
const target = document.getElementById("app");
if (target) {
  mount(Root, { target, props: { app } });
  void tick().then(() => performance.mark("shell"));
}
