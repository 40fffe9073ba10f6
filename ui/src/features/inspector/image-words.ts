// Owns the words for where the date and the mark of a picture come from, and for what
// is unusual about its file.
import type { ImageDetail, MadeFrom, Notice, SensitiveMark, Tile } from "../../ipc/bindings";

/** Where the date of a picture comes from, as the end of a sentence. */
export const dateSourceWords: Record<MadeFrom, string> = {
  metadata: "from the generator's metadata",
  exif: "from the file's EXIF data",
  xmp: "from the file's XMP data",
  iptc: "from the file's IPTC data",
  file_name: "from the file name",
  folder: "from the folder name",
  file_time: "from the file's date",
  import: "from the import",
  artist: "set by you",
};

const markWords: Record<SensitiveMark, string> = {
  yes: "marked by you",
  no: "you decided that it is not",
  words: "its prompt has a word of your list",
};

/** Returns who says that a picture is sensitive or not; null while that is not known. */
export function sensitiveWords(tile: Tile, image: ImageDetail): string | null {
  const isKnown = image.sensitive_mark !== null && image.sensitive === tile.sensitive;
  return isKnown && image.sensitive_mark ? markWords[image.sensitive_mark] : null;
}

/** What each notice means. */
export const noticeWords: Record<Notice, string> = {
  incomplete: "The file ends early. The picture is complete, and the file is kept unchanged.",
  metadata_in_part: "Part of the metadata was too large to read.",
};
