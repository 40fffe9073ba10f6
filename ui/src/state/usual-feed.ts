// Owns the settings of a feed that was never touched, as the library has them.
import type { FeedSettings } from "../ipc/bindings";

/** The host leaves no setting out. */
export type AllFeedSettings = Required<FeedSettings>;

export const usualFeedSettings: AllFeedSettings = {
  is_on: false,
  title: "",
  about: "",
  links: [],
  details: "show",
  keep_camera: false,
  declare_ai: true,
  keep_credentials: false,
  clear_hidden: true,
  keep_trainers_out: false,
  sensitive: "veil",
  sensitive_words: [],
};
