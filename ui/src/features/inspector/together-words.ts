// Owns the texts that sum up several selected images.
import type { FieldSummary, MadeBetween, SelectionSummary, UploadCounts } from "../../ipc/bindings";
import { counted, date, number } from "../../shared/text";

/** A name and how many images have it. */
export type Share = { name: string; images: number };

/** Returns "300 generated, 12 references", or nothing if all are of one kind. */
export function imageKindsWords({
  generated,
  references,
  in_trash,
  images,
}: SelectionSummary): string {
  const parts = [];
  if (generated > 0 && references > 0) {
    parts.push(`${number(generated)} generated`, counted(references, "reference"));
  }
  if (in_trash > 0 && in_trash < images) parts.push(`${number(in_trash)} in Trash`);
  return parts.join(", ");
}

/** Returns the first and the last day, or the only one. */
export function dateRangeWords({ first, last }: MadeBetween): string {
  const [from, to] = [date(first), date(last)];
  return from === to ? from : `${from} to ${to}`;
}

/** Returns "10 public, 302 unlisted", or nothing if all are the same. */
export function visibilityWords(counts: { public: number; unlisted: number }): string {
  if (counts.public === 0 || counts.unlisted === 0) return "";
  return `${number(counts.public)} public, ${number(counts.unlisted)} unlisted`;
}

/** Returns "3 sensitive, 9 not", or nothing if all are the same. */
export function sensitiveCountsWords(counts: { sensitive: number; others: number }): string | null {
  if (counts.sensitive === 0 || counts.others === 0) return null;
  return `${number(counts.sensitive)} sensitive, ${number(counts.others)} not`;
}

const STAGES: [keyof UploadCounts, string][] = [
  ["stored", "stored"],
  ["uploading", "uploading"],
  ["waiting", "waiting"],
  ["parked", "in need of attention"],
  ["local", "on this computer only"],
];

/** Returns the state of the uploads: "Stored", or "300 stored, 12 waiting". */
export function uploadWords(uploads: UploadCounts): string {
  const parts = STAGES.filter(([stage]) => uploads[stage] > 0);
  const [only] = parts;
  if (parts.length === 1 && only) return only[1].charAt(0).toUpperCase() + only[1].slice(1);
  return parts.map(([stage, word]) => `${number(uploads[stage])} ${word}`).join(", ");
}

/** Returns the value that all images share, or null. */
export function sameValue({ different, without, most }: FieldSummary): string | null {
  return different === 1 && without === 0 ? (most[0]?.name ?? null) : null;
}

/** Returns "12 different prompts, 3 without"; nothing if no image has one. */
export function differenceWords(field: FieldSummary, one: string): string {
  if (field.different === 0) return "";
  const without = field.without > 0 ? `, ${number(field.without)} without` : "";
  if (field.different > 1) return `${number(field.different)} different ${one}s${without}`;
  return `The same ${one}${without}`;
}

/** Returns the most frequent values, then how many more there are, and how many images have none. */
export function shares(
  { different, without, most }: FieldSummary,
  name: (value: string) => string = (value) => value,
  noValue = "Not known",
): Share[] {
  const rows = most.map((facet) => ({ name: name(facet.name), images: facet.images }));
  const more = different - most.length;
  return without > 0 || more > 0 ? [...rows, ...remainingShares(more, without, noValue)] : rows;
}

function remainingShares(more: number, without: number, noValue: string): Share[] {
  return [
    ...(more > 0 ? [{ name: `${number(more)} more`, images: 0 }] : []),
    ...(without > 0 ? [{ name: noValue, images: without }] : []),
  ];
}

/** How many images are favourites, and how many have each number of stars. */
type Choices = { favourites: number; stars: readonly number[] };

/** Returns the number of stars that all images have, or null. */
export function commonRating({ stars }: Choices): number | null {
  const given = stars.flatMap((images, rating) => (images > 0 ? [rating] : []));
  return given.length === 1 ? (given[0] ?? null) : null;
}

/** Returns "2 with 5 stars, 1 not rated, 1 favourite", or nothing if all are the same. */
export function choicesWords(choices: Choices, count: number): string | null {
  const { favourites, stars } = choices;
  const parts: string[] = [];
  if (commonRating(choices) === null) {
    for (let rating = stars.length - 1; rating > 0; rating--) {
      const images = stars[rating] ?? 0;
      if (images > 0) parts.push(`${number(images)} with ${counted(rating, "star")}`);
    }
    if ((stars[0] ?? 0) > 0) parts.push(`${number(stars[0] ?? 0)} not rated`);
  }
  if (favourites > 0 && favourites < count) parts.push(counted(favourites, "favourite"));
  return parts.length > 0 ? parts.join(", ") : null;
}

/** Returns what differs between notes; nothing if no image has one. */
export function notesWords(notes: FieldSummary): string | null {
  return notes.different === 0 ? null : differenceWords(notes, "note");
}
