// Packs a list as the catalog does, for whatever stands in for it.
import type { ImageIndex } from "../state/image-index";

export function pack({ count, ids, moments, stacks, ratios, flags }: ImageIndex): ArrayBuffer {
  const bytes = new ArrayBuffer(16 + count * 31);
  new DataView(bytes).setUint32(0, count, true);
  new Uint32Array(bytes, 16, count * 4).set(ids);
  new Float64Array(bytes, 16 + count * 16, count).set(moments);
  new Uint32Array(bytes, 16 + count * 24, count).set(stacks);
  new Uint16Array(bytes, 16 + count * 28, count).set(ratios);
  new Uint8Array(bytes, 16 + count * 30, count).set(flags);
  return bytes;
}
