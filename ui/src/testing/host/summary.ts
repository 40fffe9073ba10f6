// Owns a made-up host's summary of several images.
import type { FieldSummary, ImageDetail, SelectionSummary } from "../../ipc/bindings";
import type { OwnTerms } from "./parts";

/** The most values that are named. */
const NAMED = 8;

export function summaryOf(
  images: readonly ImageDetail[],
  termsOf: (id: string) => OwnTerms,
): SelectionSummary {
  const count = (test: (image: ImageDetail) => boolean) => images.filter(test).length;
  const field = (
    valueOf: (image: ImageDetail) => string | null | undefined,
    isText = false,
  ): FieldSummary => {
    const byValue = new Map<string, number>();
    let without = 0;
    for (const image of images) {
      const value = valueOf(image);
      if (!value) without++;
      else byValue.set(value, (byValue.get(value) ?? 0) + 1);
    }
    const most = [...byValue].map(([name, count]) => ({ name, images: count }));
    most.sort((a, b) => b.images - a.images);
    const different = most.length;
    return { different, without, most: isText && different > 1 ? [] : most.slice(0, NAMED) };
  };
  const isGenerated = ({ kind }: ImageDetail) => kind === "generated";
  /** Only generated images have it. */
  const made =
    (valueOf: (image: ImageDetail) => string | null | undefined) => (image: ImageDetail) =>
      isGenerated(image) ? valueOf(image) : null;
  /** A reference has no value, not an empty one. */
  const generatedOnly = (valueOf: (image: ImageDetail) => string): FieldSummary => {
    const { without, ...rest } = field(made(valueOf));
    return { ...rest, without: without - count((image) => !isGenerated(image)) };
  };
  const moments = images.map((image) => image.created_at);
  const uploads = (state: ImageDetail["upload"]) => count(({ upload }) => upload === state);
  return {
    images: images.length,
    generated: count(isGenerated),
    references: count((image) => !isGenerated(image)),
    in_trash: count((image) => image.removed_at !== null),
    of_others: 0,
    missing: 0,
    damaged: 0,
    size_bytes: images.reduce((sum, image) => sum + image.size_bytes, 0),
    made: images.length > 0 ? { first: Math.min(...moments), last: Math.max(...moments) } : null,
    made_from: field((image) => image.created_from),
    public: count((image) => image.visibility === "public"),
    unlisted: count((image) => image.visibility === "unlisted"),
    sensitive: count((image) => image.sensitive),
    favourites: count((image) => image.favourite),
    ratings: field((image) => (image.rating > 0 ? String(image.rating) : null)),
    notes: field((image) => image.note, true),
    collections: field((image) => image.collections[0]),
    formats: field((image) => image.content_type),
    dimensions: field(({ width, height }) => `${width}x${height}`),
    models: field(made((image) => image.model)),
    tools: field(made((image) => image.generation_params["tool"])),
    seeds: field(
      made((image) => image.seed),
      true,
    ),
    prompts: field((image) => image.prompt, true),
    negative_prompts: field(
      made((image) => image.negative_prompt),
      true,
    ),
    public_details: generatedOnly((image) => termsOf(image.id).details),
    public_camera: generatedOnly((image) => termsOf(image.id).camera),
    uploads: {
      local: uploads("local"),
      waiting: uploads("waiting"),
      uploading: uploads("uploading"),
      stored: uploads("stored"),
      parked: uploads("parked"),
    },
  };
}
