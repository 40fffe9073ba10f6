// Owns how strongly a veiled picture is blurred, as the value of `--veil-blur`.

/** px; with less, more than the colours of a small picture could be recognised */
const LEAST = 16;

/**
 * Returns the radius for a picture of this size in px; nothing if it is not veiled. WebKitGTK keeps
 * a kilobyte for each value that such a property ever had, so it is set only where it is needed.
 */
export function veilBlur(isVeiled: boolean, width: number, height: number): string | undefined {
  if (!isVeiled) return undefined;
  return `${Math.round(Math.max(LEAST, Math.min(width, height) / 7))}px`;
}
