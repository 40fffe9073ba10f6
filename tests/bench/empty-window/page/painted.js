// The second frame callback runs after the first frame was presented.
requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("painted")));
