// Owns the words for what a file carries besides its pixels.
import type { Carried } from "../../ipc/bindings";
import { bytes } from "../../shared/text";

/** Returns what a file carries, as a part of a list. */
export function carriedWords(carried: Carried): string {
  switch (carried.kind) {
    case "place":
      return "Location";
    case "camera":
      return "Camera";
    case "prompt":
      return "Prompt and parameters";
    case "workflow":
      return "Workflow";
    case "declaration":
      return "AI declaration";
    case "credentials":
      return carried.issuer === null
        ? "Content Credentials"
        : `Content Credentials of ${carried.issuer}`;
    case "hidden_text":
      return "Text hidden in the pixels";
    case "comment":
      return "Comment";
    case "thumbnail":
      return "Embedded thumbnail";
    case "more_pictures":
      return "Further pictures in the file";
    case "other_metadata":
      return "Other metadata";
    case "profile":
      return "Colour profile";
    case "bytes_after_end":
      return `${bytes(carried.bytes)} after the end of the picture`;
  }
}
