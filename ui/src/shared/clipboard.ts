/**
 * Copies text. Text that is still on its way is handed over as a promise, since
 * the permission a click gives is gone by the time it arrives.
 */
export async function copyText(text: string | Promise<string>): Promise<void> {
  if (typeof text !== "string") {
    if ("ClipboardItem" in window && "write" in navigator.clipboard) {
      const blob = text.then((ready) => new Blob([ready], { type: "text/plain" }));
      try {
        await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
        return;
      } catch {
        // Some engines take no promise here; the plain way may still be open.
      }
    }
    text = await text;
  }
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) {
    if (!copyByHand(text)) throw error;
  }
}

function copyByHand(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
