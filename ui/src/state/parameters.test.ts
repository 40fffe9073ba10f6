import { expect, it } from "vitest";
import { aDetail, i1, i2 } from "../testing/ipc";
import { differences, parameterLines } from "./parameters";

it("lists parameters in plain words and leaves out empty ones", () => {
  expect(
    parameterLines({
      steps: "30",
      cfg: "6.5",
      model_hash: "ab",
      loras: '["x",{"name":"y"}]',
      control: '[{"seed":18446744073709551615}]',
      odd: "[soft light]",
      note: "",
    }),
  ).toEqual([
    { name: "Steps", value: "30" },
    { name: "CFG", value: "6.5" },
    { name: "Model hash", value: "ab" },
    { name: "LoRAs", value: "x, y" },
    { name: "Control", value: '[{"seed":18446744073709551615}]' },
    { name: "Odd", value: "[soft light]" },
  ]);
});

it("lists what images differ in and nothing else", () => {
  const same = { prompt: "a fox", seed: "7" };
  const a = aDetail(i1, { ...same, model: "sdxl", generation_params: { steps: "20", cfg: "6" } });
  const b = aDetail(i2, { ...same, model: "sd15", generation_params: { steps: "30", cfg: "6" } });
  expect(differences([a, b])).toEqual([
    { name: "Model", values: ["sdxl", "sd15"] },
    { name: "Steps", values: ["20", "30"] },
  ]);
});

it("shows nothing for one that does not have what another has", () => {
  const same = { prompt: "a fox" };
  const a = aDetail(i1, { ...same, generation_params: { vae: "ft-mse" } });
  const b = aDetail(i2, { ...same, generation_params: {} });
  expect(differences([a, b, a])).toEqual([{ name: "VAE", values: ["ft-mse", "", "ft-mse"] }]);
});
