let resolve: () => void;
let marked = false;

/** Resolves once the first picture could be painted. */
export const firstTile = new Promise<void>((resolved) => {
  resolve = resolved;
});

/** Marks, once, the moment the first picture could be painted. */
export function markFirstTile(image: HTMLImageElement): void {
  if (marked) return;
  marked = true;
  const mark = () => {
    performance.mark("first-tile");
    resolve();
  };
  image.decode().then(mark, mark);
}
