// Copies texts, and shows pictures over the list. Without it, every picture
// is a link to its page.
"use strict";
(() => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const from = document.getElementById(button.dataset.copy);
    const pairs = [...from.querySelectorAll("dt")].map(
      (label) => `${label.textContent}: ${label.nextElementSibling.textContent}`,
    );
    button.hidden = !navigator.clipboard;
    button.onclick = async () => {
      try {
        await navigator.clipboard.writeText(pairs.join("\n") || from.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(from);
        button.textContent = "Selected";
      }
    };
  }

  const rows = document.querySelector(".rows");
  const box = document.querySelector("dialog");
  if (!rows) {
    // The list had moved the address here, and this page was loaded in its place.
    addEventListener("popstate", () => location.reload());
    return;
  }
  const [count, words, page] = box.querySelectorAll("span, a");
  const [previous, next, close] = box.querySelectorAll("button");
  const title = document.title;
  const base = document.baseURI;
  const picture = new Image();
  let shown;

  // Veiled pictures are left out until they were shown in the list.
  const tiles = () =>
    [...rows.querySelectorAll("a")].filter((tile) => !tile.closest("details:not([open])"));
  const absolute = (url) => new URL(url, base).href;
  const large = (image) =>
    absolute((image.getAttribute("srcset") || image.src).split(", ").pop().split(" ")[0]);

  const load = (url) => {
    const image = new Image();
    image.src = url;
    return image.decode();
  };

  // The address of the page is about to move to another folder.
  const keepReferences = () => {
    for (const link of document.querySelectorAll("a, link:not([rel=stylesheet])")) {
      link.href = absolute(link.getAttribute("href"));
    }
    for (const image of document.images) {
      image.srcset = image.srcset.replace(/\S+(?= \d+w)/g, absolute);
      image.src = absolute(image.getAttribute("src"));
    }
  };

  const show = (tile) => {
    const all = tiles();
    const at = all.indexOf(tile);
    const image = tile.firstElementChild;
    shown = tile;
    picture.width = image.width;
    picture.height = image.height;
    picture.alt = image.alt;
    picture.src = image.currentSrc || image.src;
    const url = large(image);
    load(url).then(
      () => shown === tile && (picture.src = url),
      () => {},
    );
    for (const by of [1, -1])
      load(large(all.at((at + by) % all.length).firstElementChild)).catch(() => {});
    words.textContent = image.alt;
    count.textContent = `${at + 1} of ${all.length}`;
    page.href = tile.href;
    document.title = image.alt;
    if (!box.open) {
      box.prepend(picture);
      box.showModal();
      next.focus();
    }
  };

  const step = (to) => {
    const all = tiles();
    const tile = all.at(to(all.indexOf(shown)) % all.length);
    history.replaceState({ picture: tile.href }, "", tile.href);
    show(tile);
  };
  const back = () => step((at) => at - 1);
  const forward = () => step((at) => at + 1);
  const keys = {
    ArrowLeft: back,
    ArrowRight: forward,
    Home: () => step(() => 0),
    End: () => step(() => -1),
  };

  rows.addEventListener("click", (event) => {
    const tile = event.target.closest("a");
    if (!tile || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    try {
      keepReferences();
      history.pushState({ picture: tile.href }, "", tile.href);
    } catch {
      // A page that was opened from a folder may not change its address.
      return;
    }
    event.preventDefault();
    show(tile);
  });

  addEventListener("popstate", () => {
    const tile = tiles().find((each) => each.href === history.state?.picture);
    if (tile) show(tile);
    else if (location.href === base) box.close();
    else location.reload();
  });

  box.addEventListener("close", () => {
    document.title = title;
    shown.focus();
    shown = null;
    if (history.state?.picture) history.back();
  });
  box.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  box.addEventListener("click", (event) => event.target === box && box.close());
  previous.onclick = back;
  next.onclick = forward;
  close.onclick = () => box.close();

  let from = null;
  box.addEventListener(
    "touchstart",
    (event) => {
      const single = event.touches.length === 1 && visualViewport.scale === 1;
      from = single ? event.touches[0].clientX : null;
    },
    { passive: true },
  );
  box.addEventListener("touchend", (event) => {
    const by = from === null ? 0 : event.changedTouches[0].clientX - from;
    if (Math.abs(by) > 48) (by > 0 ? back : forward)();
  });
})();
