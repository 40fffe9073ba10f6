// Owns reading the bytes of a data URL, which the page may not load by itself.

/** Returns the bytes of a data URL in base64; an error if it is none. */
export function bytesOf(address: string): Uint8Array<ArrayBuffer> {
  const [, text] = /^data:[^,]*;base64,(.*)$/s.exec(address) ?? [];
  if (text === undefined) throw new Error("This is not a data URL in base64.");
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}
