// Owns the labels of the keys of parameters, as users of the tools know them.
import { keyLabel } from "./written";

// The labels of keys that are not clear by themselves. Keys are in lower case.
const titles = new Map([
  ["cfg", "CFG"],
  ["guidance", "Guidance"],
  ["distilled_guidance_scale", "Distilled CFG scale"],
  ["fluxguidancescale", "Flux guidance"],
  ["models", "Merged models"],
  ["inputs", "Input images"],
  ["passes", "Later passes"],
  ["hires_fix", "Hires fix"],
  ["ai_generated", "Declared as made with AI"],
  ["digital_source_type", "Source type"],
  ["c2pa", "C2PA claim"],
  ["cfg_rescale", "CFG rescale"],
  ["cfg_rescale_multiplier", "CFG rescale"],
  ["uncond_scale", "Undesired content strength"],
  ["sm", "SMEA"],
  ["sm_dyn", "SMEA DYN"],
  ["dynamic_thresholding", "Decrisper"],
  ["legacy_uc", "Legacy undesired content"],
  ["rng", "RNG"],
  ["ensd", "ENSD"],
  ["ngms", "NGMS"],
  ["lora hashes", "LoRA hashes"],
  ["ti hashes", "Embedding hashes"],
  ["adm_guidance", "ADM guidance"],
  ["freeu", "FreeU"],
  ["use_lora", "LoRA in use"],
  ["use_upscale", "Upscaler"],
  ["use_face_correction", "Face correction"],
  ["use_hypernetwork_model", "Hypernetwork"],
  ["use_controlnet_model", "ControlNet model"],
  ["hrf_enabled", "High resolution fix"],
  ["hrf_method", "High resolution fix method"],
  ["hrf_strength", "High resolution fix strength"],
  ["rand_device", "Random numbers from"],
  ["seamless_x", "Seamless across"],
  ["seamless_y", "Seamless down"],
  ["t5_encoder", "T5 encoder"],
  ["clip_embed_model", "CLIP model"],
  ["controlnets", "ControlNets"],
  ["ipadapters", "IP adapters"],
  ["t2iadapters", "T2I adapters"],
  ["ref_images", "Reference images"],
  ["init_image", "Initial image"],
  ["initimagecreativity", "Initial image creativity"],
  ["aspectratio", "Aspect ratio"],
  ["automaticvae", "Automatic VAE"],
  ["clipstopatlayer", "CLIP stops at layer"],
  ["controlnetmodel", "ControlNet model"],
  ["comfyuisampler", "Sampler"],
  ["comfyuischeduler", "Scheduler"],
  ["sigmashift", "Sigma shift"],
  ["loratencweights", "LoRA text encoder weights"],
  ["lorasectionconfinement", "LoRA sections"],
  ["job_id", "Job ID"],
]);

// The short switches of Midjourney.
const switches = new Map([
  ["s", "Stylize"],
  ["c", "Chaos"],
  ["q", "Quality"],
  ["w", "Weird"],
  ["iw", "Image weight"],
  ["sref", "Style reference"],
  ["sw", "Style weight"],
  ["cref", "Character reference"],
  ["cw", "Character weight"],
  ["p", "Personalization"],
]);

// The keys that SwarmUI writes as one word.
const inOneWord = new Map([
  ["model", "Model"],
  ["method", "Method"],
  ["steps", "Steps"],
  ["cfgscale", "CFG"],
  ["controlpercentage", "Share of steps"],
  ["upscale", "Upscale"],
  ["upscalemethod", "Upscaler"],
  ["dotiling", "Tiling"],
  ["vae", "VAE"],
  ["switch", "Switches at"],
  ["switch at", "Switches at"],
  ["cfg scale", "CFG"],
  ["cfg_scale", "CFG"],
  ["schedule type", "Scheduler"],
]);

/** Returns the label of a parameter. */
export const titleOf = (key: string): string => titles.get(key.toLowerCase()) ?? keyLabel(key);

/** Returns the label of a switch of Midjourney, if it is a short one. */
export const switchName = (key: string): string | undefined => switches.get(key.toLowerCase());

/** Returns a key without the name of its group. */
export const nameInGroup = (name: string): string =>
  inOneWord.get(name.toLowerCase()) ?? keyLabel(name);
