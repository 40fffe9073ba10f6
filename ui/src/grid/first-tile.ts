let marked = false;

/** Marks, once, the moment the first picture could be painted. */
export function markFirstTile(image: HTMLImageElement): void {
  if (marked) return;
  marked = true;
  const mark = () => void performance.mark("first-tile");
  image.decode().then(mark, mark);
}
