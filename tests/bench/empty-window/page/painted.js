// The second frame callback runs after the first frame was presented.
requestAnimationFrame(() =>
  requestAnimationFrame(() => window.__TAURI_INTERNALS__.invoke("painted", { at: Date.now() })),
);
