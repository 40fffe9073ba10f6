// Owns the words for where the date of a picture comes from, and for what is unusual
// about its file.
import type { MadeFrom, Notice } from "../../ipc/bindings";

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

/** What each notice means. */
export const noticeWords: Record<Notice, string> = {
  incomplete: "The file ends early. The picture is complete, and the file is kept unchanged.",
  metadata_in_part: "Part of the metadata was too large to read.",
};
