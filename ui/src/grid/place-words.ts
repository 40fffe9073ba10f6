// Owns what says where an image is in a list without days.
import { bytes, counted, number } from "../shared/text";
import type { ImageIndex } from "../state/image-index";

/** Returns "4 stars", "1.7 MB", or "1,204 of 30,000". */
export function placeWords(images: ImageIndex, index: number): string {
  const value = images.moments[index] ?? 0;
  if (images.sorting.name === "size") return bytes(value);
  if (images.sorting.name === "rating") return value === 0 ? "Not rated" : counted(value, "star");
  return `${number(index + 1)} of ${number(images.count)}`;
}
