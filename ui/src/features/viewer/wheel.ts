// Owns zooming with the wheel: how far it turned, and over which point.

const LINE = 24;

/** Calls `turn` with the px turned, and the point relative to the middle of the element. */
export function turnsWith(turn: (delta: number, point: { x: number; y: number }) => void) {
  return (node: HTMLElement): (() => void) => {
    const heard = (event: WheelEvent): void => {
      event.preventDefault();
      const area = node.getBoundingClientRect();
      const x = event.clientX - area.left - area.width / 2;
      const y = event.clientY - area.top - area.height / 2;
      turn(event.deltaMode === 1 ? event.deltaY * LINE : event.deltaY, { x, y });
    };
    // A passive listener could not keep the page from scrolling.
    node.addEventListener("wheel", heard, { passive: false });
    return () => node.removeEventListener("wheel", heard);
  };
}
