// Owns what is being saved of the texts that the artist writes, so that the window can
// wait for it before it closes.

const running = new Set<Promise<unknown>>();

/** Keeps the window open until this has ended. */
export function saving(save: Promise<unknown>): void {
  running.add(save);
  void save.catch(() => undefined).finally(() => running.delete(save));
}

/** Leaves the field that is being written in, which saves it, and waits for all that is being saved. */
export async function saveAll(): Promise<void> {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  await Promise.allSettled(running);
}
