import { describe, expect, it } from "vitest";
import { aDetail, i1, i2 } from "../testing/ipc";
import { differences, parametersOf } from "./parameters";

/** Writes parameters as the core hands them over: texts as they are, the rest as JSON. */
function given(params: Record<string, unknown>): Record<string, string> {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, text(value)]));
}

const lines = (params: Record<string, unknown>) =>
  parametersOf(given(params)).map(({ name, text }) => `${name}: ${text}`);
const only = (params: Record<string, unknown>) => {
  const [first, ...rest] = parametersOf(given(params));
  expect(rest).toEqual([]);
  return first;
};
const rows = (params: Record<string, unknown>) =>
  only(params)?.tables.flatMap((table) => table.rows.map(({ name, value }) => [name, value]));

it("lists known parameters in the order of their importance, then the others", () => {
  const params = {
    Eta: 0.31,
    cfg: 6.5,
    clip_skip: 2,
    denoise: 0.699999988079071,
    guidance: 3.5,
    hires: { scale: 1.5 },
    loras: [{ name: "film-grain", weight: 0.8 }],
    model_hash: "45a21ea00a",
    sampler: "DPM++ 2M",
    scheduler: "Karras",
    size: [1280, 704],
    steps: 30,
    tool: "automatic1111",
    tool_version: "v1.10.1",
    vae: "ft-mse",
  };
  expect(lines(params)).toEqual([
    "LoRAs: film-grain: 0.8",
    "Steps: 30",
    "Sampler: DPM++ 2M",
    "Scheduler: Karras",
    "CFG: 6.5",
    "Guidance: 3.5",
    "Size: 1280 × 704",
    "Hires fix: Scale: 1.5",
    "Denoise: 0.7",
    "VAE: ft-mse",
    "Clip skip: 2",
    "Tool: AUTOMATIC1111 v1.10.1",
    "Model hash: 45a21ea00a",
    "Eta: 0.31",
  ]);
  const places = parametersOf(given(params)).map(({ place }) => place);
  expect(places).toEqual(["model", ...Array<string>(11).fill("main"), "rest", "rest"]);
});

it("writes whole numbers without a fraction, and versions as they are", () => {
  const params = { cfg: "7.0", denoise: "1.0", app: "2.0", loras: '[{"name":"x","weight":1.0}]' };
  expect(lines(params)).toEqual(["LoRAs: x: 1", "CFG: 7", "Denoise: 1", "App: 2.0"]);
});

it.each([
  ["forge-classic", "classic", "Forge Classic"],
  ["forge-neo", "neo-2.28", "Forge Neo 2.28"],
  ["sd-next", "56a8aea", "SD.Next 56a8aea"],
  ["forge", "f2.0.1v1.10.1", "Forge f2.0.1v1.10.1"],
  ["civitai", "ComfyUI", "Civitai (ComfyUI)"],
  ["", "v1.10.1", "v1.10.1"],
])("names the tool %s of version %s once", (tool, tool_version, expected) => {
  expect(lines({ tool, tool_version })).toEqual([`Tool: ${expected}`]);
});

it("leaves out what Draw Things writes twice", () => {
  const params = {
    loras: [{ name: "snow.ckpt", weight: 0.8 }],
    cfg: 3.5,
    denoise: 1,
    "Guidance Scale": "3.5",
    Strength: "1.0",
    "Seed Mode": "Scale Alike",
    "LoRA 1 Model": "snow.ckpt",
    "LoRA 1 Weight": "0.8",
  };
  expect(lines(params)).toEqual([
    "LoRAs: snow.ckpt: 0.8",
    "CFG: 3.5",
    "Denoise: 1",
    "Seed Mode: Scale Alike",
  ]);
  expect(lines({ cfg: 3.5, "Guidance Scale": "7" })).toEqual(["CFG: 3.5", "Guidance Scale: 7"]);
});

it("leaves out the denoising of the picture if it is that of Hires fix", () => {
  const hires = { scale: 1.5, denoise: 0.3 };
  expect(lines({ hires, denoise: 0.3 })).toHaveLength(1);
  expect(lines({ hires, denoise: 0.6 })).toContain("Denoise: 0.6");
});

it("leaves out empty parameters", () => {
  const nothing = { note: " ", none: null, list: [], fields: {}, deep: { a: [null, ""] } };
  expect(parametersOf(given(nothing))).toEqual([]);
});

it("shows switches as Yes and No", () => {
  expect(lines({ tiling: true, sm: false })).toEqual(["Tiling: Yes", "SMEA: No"]);
  expect(lines({ hires_fix: "false", Refine: "True" })).toEqual(["Hires fix: No", "Refine: Yes"]);
});

it("gives each its own key, even if two have the same label", () => {
  const keys = parametersOf(
    given({ cfg_rescale: 0.1, cfg_rescale_multiplier: 0.2, a_b: 1, "a b": 2 }),
  ).map(({ key }) => key);
  expect(new Set(keys).size).toBe(4);
});

it("shows once what a tool wrote under two keys", () => {
  expect(lines({ sampler: "euler", comfyuisampler: "euler" })).toEqual(["Sampler: euler"]);
});

describe("LoRAs", () => {
  it("have their weights beside them", () => {
    const loras = [{ name: "add-detail", weight: 0.35 }, { name: "film grain, v2" }];
    expect(rows({ loras })).toEqual([
      ["add-detail", "0.35"],
      ["film grain, v2", ""],
    ]);
  });

  it("may be names only", () => {
    expect(rows({ loras: ["x", { name: "y" }] })).toEqual([
      ["x", ""],
      ["y", ""],
    ]);
  });
});

describe("passes", () => {
  it("of ComfyUI are a table each, named for their node", () => {
    const passes = [
      {
        cfg: 1,
        denoise: 0.35,
        node: "KSamplerAdvanced",
        sampler: "euler",
        seed: "18446744073709551615",
        steps: 12,
      },
      { model: "refiner.safetensors", node: "UltimateSDUpscale", prompt: "more detail", steps: 8 },
    ];
    const found = only({ passes });
    expect(found?.name).toBe("Later passes");
    expect(found?.tables.map(({ title }) => title)).toEqual([
      "KSamplerAdvanced",
      "UltimateSDUpscale",
    ]);
    expect(
      found?.tables.map((table) => table.rows.map(({ name, value }) => `${name} ${value}`)),
    ).toEqual([
      ["Steps 12", "Sampler euler", "CFG 1", "Denoise 0.35", "Seed 18446744073709551615"],
      ["Model refiner.safetensors", "Steps 8", "Prompt more detail"],
    ]);
  });

  it("of the web UI are one table with all its settings", () => {
    const params = {
      hires: { denoise: 0.3, scale: 1.5, steps: 10, upscaler: "4x-UltraSharp" },
      "Hires CFG Scale": 5,
      "Hires prompt": "sharper",
      "Hires size": "1536x1536",
      "Hires schedule type": "Karras",
    };
    expect(only(params)?.name).toBe("Hires fix");
    expect(rows(params)).toEqual([
      ["Upscaler", "4x-UltraSharp"],
      ["Scale", "1.5"],
      ["Steps", "10"],
      ["Denoise", "0.3"],
      ["CFG", "5"],
      ["Prompt", "sharper"],
      ["Size", "1536 × 1536"],
      ["Scheduler", "Karras"],
    ]);
  });

  it.each([
    [
      "AUTOMATIC1111",
      { Refiner: "sd_xl_refiner [7440042bbd]", "Refiner switch at": 0.8 },
      [
        ["Model", "sd_xl_refiner [7440042bbd]"],
        ["Switches at", "0.8"],
      ],
    ],
    [
      "Fooocus",
      { refiner_model: "sd_xl_refiner", refiner_switch: 0.5 },
      [
        ["Model", "sd_xl_refiner"],
        ["Switches at", "0.5"],
      ],
    ],
    [
      "InvokeAI",
      {
        refiner_model: {
          key: "a",
          hash: "b",
          name: "sdxl-refiner",
          base: "sdxl-refiner",
          type: "main",
        },
        refiner_steps: 20,
        refiner_cfg_scale: 7.5,
      },
      [
        ["Model", "sdxl-refiner"],
        ["Steps", "20"],
        ["CFG", "7.5"],
      ],
    ],
    [
      "SwarmUI",
      { refinermodel: "xl-refiner", refinercontrolpercentage: 0.2, refinermethod: "PostApply" },
      [
        ["Model", "xl-refiner"],
        ["Share of steps", "0.2"],
        ["Method", "PostApply"],
      ],
    ],
  ])("of a refiner in %s are one table", (_, params, expected) => {
    expect(only(params)?.name).toBe("Refiner");
    expect(rows(params)).toEqual(expected);
  });

  it("of ADetailer are one table", () => {
    const params = {
      "ADetailer confidence": 0.3,
      "ADetailer model": "face_yolov8n.pt",
      "ADetailer model 2nd": "hand_yolov8n.pt",
    };
    expect(only(params)?.name).toBe("ADetailer");
    expect(rows(params)).toEqual([
      ["Confidence", "0.3"],
      ["Model", "face_yolov8n.pt"],
      ["Model 2nd", "hand_yolov8n.pt"],
    ]);
  });
});

describe("settings in a text", () => {
  it("of ControlNet are a table", () => {
    const text =
      "Module: depth_midas, Model: control_v11 [cfd03158], Weight: 1, Threshold A: 0.5, Resize Mode: Crop and Resize";
    expect(only({ "ControlNet 0": text })?.name).toBe("ControlNet 0");
    expect(rows({ "ControlNet 0": text })).toEqual([
      ["Module", "depth_midas"],
      ["Model", "control_v11 [cfd03158]"],
      ["Weight", "1"],
      ["Threshold A", "0.5"],
      ["Resize Mode", "Crop and Resize"],
    ]);
  });

  it("of hashes are a table", () => {
    expect(rows({ "Lora hashes": "film: e3b0c442, add detail: 9f86d081" })?.[0]).toEqual([
      "film",
      "e3b0c442",
    ]);
    expect(rows({ Hashes: { model: "45a21ea00a", "lora:film": "e3b0c442" } })).toEqual([
      ["Model", "45a21ea00a"],
      ["film (LoRA)", "e3b0c442"],
    ]);
  });
});

it("lists the models of the generator on civitai.com by name", () => {
  const resources = [
    {
      type: "checkpoint",
      modelVersionId: 290640,
      modelName: "Pony Diffusion",
      modelVersionName: "V6 XL",
    },
    { type: "lora", weight: 0.8, modelVersionId: 12, modelName: "Film grain" },
    { type: "lycoris", weight: 1, modelVersionId: 7 },
  ];
  expect(rows({ "Civitai resources": resources })).toEqual([
    ["Pony Diffusion V6 XL", "checkpoint"],
    ["Film grain", "LoRA, weight 0.8"],
    ["Model version 7", "LyCORIS, weight 1"],
  ]);
});

it("lists the characters of NovelAI with their places", () => {
  const characters = [
    { char_caption: "girl, red coat", centers: [{ x: 0.3, y: 0.5 }] },
    { char_caption: "boy", uc: "hat", centers: [] },
  ];
  expect(only({ characters })?.tables).toEqual([
    {
      title: "Character 1",
      rows: [
        { name: "Prompt", value: "girl, red coat" },
        { name: "Position", value: "X 0.3, Y 0.5" },
      ],
      of: "fields",
    },
    {
      title: "Character 2",
      rows: [
        { name: "Prompt", value: "boy" },
        { name: "Negative prompt", value: "hat" },
      ],
      of: "fields",
    },
  ]);
});

it("calls the negative prompts of characters by their name", () => {
  const negative_characters = [{ char_caption: "hat", centers: [{ x: 0.5, y: 0.5 }] }];
  expect(rows({ negative_characters })).toEqual([
    ["Negative prompt", "hat"],
    ["Position", "X 0.5, Y 0.5"],
  ]);
});

it("names the models of civitai.com that have only an address", () => {
  const resources = [
    { air: "urn:air:sdxl:checkpoint:civitai:827184@1761560" },
    { air: "urn:air:sdxl:lora:civitai:122359@135867", versionName: "snow v1", weight: 0.8 },
  ];
  expect(rows({ "Civitai resources": resources })).toEqual([
    ["Model version 1761560", "checkpoint"],
    ["snow v1", "LoRA, weight 0.8"],
  ]);
});

it("shows what C2PA declares", () => {
  const c2pa = {
    ai_generated: true,
    claim_generator: "ChatGPT",
    digital_source_type: "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    software_agent: "GPT-4o",
    vendor: "openai",
    verified: false,
  };
  expect(rows({ c2pa })).toEqual([
    ["Made with AI", "Yes"],
    ["Signed by", "ChatGPT"],
    ["Source type", "Made by a trained model"],
    ["Made by", "GPT-4o"],
    ["Vendor", "OpenAI"],
    ["Signature", "Not checked"],
  ]);
});

it("names the short switches of Midjourney, and of no other tool", () => {
  expect(lines({ tool: "midjourney", s: "250", c: "10", tile: true, aspect_ratio: "2:1" })).toEqual(
    ["Tool: Midjourney", "Stylize: 250", "Chaos: 10", "Tile: Yes", "Aspect ratio: 2:1"],
  );
  expect(lines({ s: "250" })).toEqual(["S: 250"]);
});

it("shows lists of styles, in JSON or as Python prints them", () => {
  expect(lines({ styles: ["Fooocus V2", "Fooocus Sharp"] })).toEqual([
    "Styles: Fooocus V2, Fooocus Sharp",
  ]);
  expect(lines({ styles: "['Fooocus V2', 'Fooocus Sharp']" })).toEqual([
    "Styles: Fooocus V2, Fooocus Sharp",
  ]);
});

it("lists input images and merged models by name", () => {
  expect(rows({ inputs: ["pose, standing.png", "depth.png"] })).toEqual([
    ["pose, standing.png", ""],
    ["depth.png", ""],
  ]);
  expect(only({ models: ["a.safetensors", "b.safetensors"] })?.name).toBe("Merged models");
});

describe("a value of an unknown shape", () => {
  it("of fields is a table, and of several one each", () => {
    expect(
      rows({
        profile: { duration: 12.25, timings: [{ name: "sampling", durations: [0.5, 0.25] }] },
      }),
    ).toEqual([
      ["Duration", "12.25"],
      ["Timings", "Name sampling, Durations 0.5, 0.25"],
    ]);
    const controlnets = [
      {
        control_model: {
          key: "1",
          hash: "2",
          name: "canny-sdxl",
          base: "sdxl",
          type: "controlnet",
        },
        control_weight: 0.75,
      },
      {
        control_model: {
          key: "3",
          hash: "4",
          name: "depth-sdxl",
          base: "sdxl",
          type: "controlnet",
        },
        control_weight: 1,
      },
    ];
    const found = only({ controlnets });
    expect(found?.name).toBe("ControlNets");
    expect(found?.tables.map(({ rows: [first, second] }) => [first?.value, second?.value])).toEqual(
      [
        ["canny-sdxl", "0.75"],
        ["depth-sdxl", "1"],
      ],
    );
  });

  it("that is a model shows its name", () => {
    const t5 = { key: "1", hash: "blake3:2", name: "t5-xxl", base: "any", type: "t5_encoder" };
    expect(lines({ t5_encoder: t5 })).toEqual(["T5 encoder: t5-xxl"]);
  });

  it("never shows JSON, whatever it holds", () => {
    const samples: unknown[] = [
      [1, [2, [3]]],
      [[{ a: 1 }], { b: [{ c: null }, { d: "e" }] }],
      { a: { b: { c: [true, { d: 1.5 }] } } },
      [{ name: "x", value: { y: [] } }, "z", 3],
      '{"nested": "{\\"deeper\\": [1, 2]}"}',
    ];
    for (const key of [
      "anything",
      "size",
      "loras",
      "hires",
      "passes",
      "characters",
      "Civitai resources",
      "c2pa",
      "inputs",
      "refiner",
    ]) {
      for (const sample of samples) {
        for (const { text, tables } of parametersOf(given({ [key]: sample }))) {
          expect(text).not.toMatch(/[{}[\]"]/);
          expect(
            tables
              .flatMap((table) => table.rows)
              .map(({ name, value }) => name + value)
              .join(),
          ).not.toMatch(/[{}[\]"]/);
        }
      }
    }
  });

  it("with very many parts shows how many are left out", () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => ({ a: at, b: [at] }));
    expect(only({ layers: many(200) })?.tables.length).toBe(200);
    expect(only({ layers: many(203) })?.text).toMatch(/\n3 more, see Raw$/);
    expect(rows({ loras: many(201).map(({ a }) => ({ name: `l${String(a)}` })) })?.at(-1)).toEqual([
      "1 more, see Raw",
      "",
    ]);
    const fields = Object.fromEntries(many(205).map(({ a }) => [`k${String(a)}`, a]));
    expect(rows({ fields })?.at(-1)).toEqual(["5 more, see Raw", ""]);
  });

  it("that is very long shows where it can be read", () => {
    const canvas = { strokes: Array.from({ length: 60_000 }, (_, at) => at) };
    expect(lines({ canvas_v2_metadata: canvas })).toEqual([
      "Canvas v2 metadata: Too long to show here. All of it is under Raw.",
    ]);
  });
});

it("lists only parameters that differ between images", () => {
  const same = { prompt: "a fox", seed: "7" };
  const a = aDetail(i1, { ...same, model: "sdxl", generation_params: { steps: "20", cfg: "6" } });
  const b = aDetail(i2, { ...same, model: "sd15", generation_params: { steps: "30", cfg: "6" } });
  expect(differences([a, b])).toEqual([
    { name: "Model", values: ["sdxl", "sd15"] },
    { name: "Steps", values: ["20", "30"] },
  ]);
});

it("distinguishes the size of a picture from the requested size", () => {
  const generation_params = { size: "[512,512]" };
  const a = aDetail(i1, { width: 512, height: 512, generation_params });
  const b = aDetail(i2, { prompt: a.prompt, width: 1024, height: 1024, generation_params });
  expect(differences([a, b])).toEqual([
    { name: "Picture size", values: ["512 × 512", "1024 × 1024"] },
  ]);
});

it("shows an empty value for an image without the parameter", () => {
  const same = { prompt: "a fox" };
  const a = aDetail(i1, { ...same, generation_params: { vae: "ft-mse" } });
  const b = aDetail(i2, { ...same, generation_params: {} });
  expect(differences([a, b, a])).toEqual([{ name: "VAE", values: ["ft-mse", "", "ft-mse"] }]);
});
