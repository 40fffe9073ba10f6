// Owns how a wheel is read that looks closer: how far it turned, and over which point.

const LINE = 24;

/** Calls `turn` with px turned and the point from the middle of the element it is attached to. */
export function turnsWith(turn: (delta: number, point: { x: number; y: number }) => void) {
  return (node: HTMLElement): (() => void) => {
    const heard = (event: WheelEvent): void => {
      event.preventDefault();
      const area = node.getBoundingClientRect();
      const x = event.clientX - area.left - area.width / 2;
      const y = event.clientY - area.top - area.height / 2;
      turn(event.deltaMode === 1 ? event.deltaY * LINE : event.deltaY, { x, y });
    };
    // The page would scroll if the wheel were only listened to.
    node.addEventListener("wheel", heard, { passive: false });
    return () => node.removeEventListener("wheel", heard);
  };
}
