import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { RawNode } from "../../ipc/bindings";
import { aDetail, aTile, i1, i2 } from "../../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("../../state/app.svelte");
const { default: Root } = await import("../../App.svelte");
const later = Promise.resolve(await import("../../later"));

beforeEach(() => ipc.reset());
afterEach(cleanup);

async function selected() {
  ipc.hold([aTile(i1), aTile(i2)]);
  const app = new App();
  render(Root, { app, later });
  await app.start();
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  app.selection.choose(0, "only");
  await screen.findByTestId("inspector-link");
  return app;
}

it("saves a typed prompt, and undo reverts it", async () => {
  const app = await selected();
  const prompt = screen.getByRole("textbox", { name: "Prompt" });
  await fireEvent.input(prompt, { target: { value: "a fox" } });
  await fireEvent.blur(prompt);
  const others = { negative_prompt: null, model: null, seed: null };
  await vi.waitFor(() =>
    expect(ipc.commands.editImage).toHaveBeenCalledExactlyOnceWith(i1, {
      ...others,
      prompt: "a fox",
    }),
  );
  await vi.waitFor(async () =>
    expect(await app.undone.undo()).toMatchObject({ what: "Edited an image" }),
  );
  expect(ipc.commands.revertEdit).toHaveBeenCalledExactlyOnceWith(i1, "prompt");
});

it("offers to revert only edited fields", async () => {
  ipc.commands.getImage.mockResolvedValue(aDetail(i1, { edited: ["seed"] }));
  await selected();
  expect(screen.queryByTestId("revert-prompt")).toBeNull();
  await fireEvent.click(screen.getByTestId("revert-seed"));
  expect(ipc.commands.revertEdit).toHaveBeenCalledExactlyOnceWith(i1, "seed");
});

it("shows what matters most first, and the rest below", async () => {
  const generation_params = {
    tool: "comfyui",
    steps: "20",
    model_hash: "45a21ea00a",
    size: "[1280,704]",
    loras: '[{"name":"film-grain","weight":0.8}]',
    passes: '[{"node":"KSampler","steps":12}]',
  };
  ipc.commands.getImage.mockResolvedValue(aDetail(i1, { model: "sdxl", generation_params }));
  await selected();
  const namesIn = (testid: string) =>
    [...screen.getByTestId(testid).querySelectorAll("dt")].map(({ textContent }) => textContent);
  expect(namesIn("parameters")).toEqual([
    "Model",
    "LoRAs",
    "Seed",
    "Steps",
    "Size",
    "Later pass",
    "Tool",
  ]);
  expect(namesIn("more-parameters")).toEqual(["Model hash"]);
  expect(screen.getByTestId("parameters").textContent).not.toMatch(/[{}[\]"]/);
});

it("copies single values and all of them, and saves the workflow, with buttons", async () => {
  const generation_params = { tool: "comfyui", steps: "20" };
  ipc.commands.getImage.mockResolvedValue(aDetail(i1, { seed: "7", generation_params }));
  await selected();
  const buttons = ["Copy Prompt", "Copy Seed", "Copy Steps", "Save workflow", "Copy all", "URL"];
  for (const name of buttons) {
    // Headings have the class label.
    const { classList } = screen.getByRole("button", { name });
    expect([...classList]).toContain("button");
    expect([...classList]).not.toContain("label");
  }
  await fireEvent.click(screen.getByRole("button", { name: "Copy Seed" }));
  expect(ipc.commands.copyText).toHaveBeenLastCalledWith("7");
  await fireEvent.click(screen.getByRole("button", { name: "Copy all" }));
  await vi.waitFor(() => expect(ipc.commands.parametersText).toHaveBeenCalledWith(i1));
  await fireEvent.click(screen.getByRole("button", { name: "Save workflow" }));
  expect(ipc.commands.saveWorkflow).toHaveBeenCalledExactlyOnceWith(i1);
});

it("stays on raw metadata, and drops answers for an earlier picture", async () => {
  const app = await selected();
  const answers: ((nodes: RawNode[]) => void)[] = [];
  ipc.commands.rawMetadata.mockImplementation(
    () => new Promise((resolve) => void answers.push(resolve)),
  );
  await fireEvent.click(screen.getByTestId("inspector-tab-raw"));
  app.selection.choose(1, "only");
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  const node = (value: string): RawNode => ({ name: "parameters", value, parts: [] });
  answers[1]?.([node("of the second")]);
  answers[0]?.([node("of the first")]);
  await vi.waitFor(() => expect(screen.getByTestId("raw").textContent).toContain("of the second"));
  expect(screen.getByTestId("raw").textContent).not.toContain("of the first");
});
