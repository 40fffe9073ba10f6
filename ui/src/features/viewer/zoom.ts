// Owns the arithmetic of zooming: scale and offset of an image in a box.
// Offsets are px of the image's centre from the centre of the box.

export type Size = { width: number; height: number };
export type Look = { scale: number; x: number; y: number };

export const SCALE_MAX = 16;
const STEP = 1.0016;

/** Returns the scale at which the whole image fits; at most 1. */
export function fitScale(image: Size, box: Size): number {
  if (image.width <= 0 || image.height <= 0) return 1;
  return Math.min(1, box.width / image.width, box.height / image.height);
}

export function fitLook(image: Size, box: Size): Look {
  return { scale: fitScale(image, box), x: 0, y: 0 };
}

/** Limits the offset: an image larger than the box covers it, a smaller one is centred. */
export function keepInBox(look: Look, image: Size, box: Size): Look {
  const spareX = Math.max(0, (image.width * look.scale - box.width) / 2);
  const spareY = Math.max(0, (image.height * look.scale - box.height) / 2);
  return {
    scale: look.scale,
    x: clamp(look.x, -spareX, spareX),
    y: clamp(look.y, -spareY, spareY),
  };
}

/** Scales to `scale` around a point, given from the centre of the box. */
export function zoomTo(
  look: Look,
  scale: number,
  point: { x: number; y: number },
  image: Size,
  box: Size,
): Look {
  const next = clamp(scale, Math.min(fitScale(image, box), 1), SCALE_MAX);
  const by = next / look.scale;
  return keepInBox(
    { scale: next, x: point.x - (point.x - look.x) * by, y: point.y - (point.y - look.y) * by },
    image,
    box,
  );
}

/** Returns the scale after the wheel turned by `delta` px. */
export function wheelScale(scale: number, delta: number): number {
  return scale * STEP ** -clamp(delta, -400, 400);
}

/** A zoom that images of any size can share: relative to fit, at a position in fractions of the image. */
export type Shared = { closer: number; x: number; y: number };
export const wholeImage: Shared = { closer: 1, x: 0, y: 0 };

export function sharedLook(look: Look, image: Size, box: Size): Shared {
  return {
    closer: look.scale / fitScale(image, box),
    x: look.x / (image.width * look.scale),
    y: look.y / (image.height * look.scale),
  };
}

export function lookOf({ closer, x, y }: Shared, image: Size, box: Size): Look {
  const scale = fitScale(image, box) * closer;
  return keepInBox({ scale, x: x * image.width * scale, y: y * image.height * scale }, image, box);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
