// On a phone the panel is a sheet at the bottom: its handle is dragged, pressed, or used with the keyboard.

import { find } from "./dom";

/** A drag of less than this is a press. */
const SLACK_PX = 6;
/** Shares of the screen that the sheet may take when it is let go. */
const STOPS = [0.16, 0.48, 0.88];

export function sheet(): void {
  const handle = find<HTMLButtonElement>("#sheet");
  const panel = find("#panel");
  let start: { y: number; height: number } | null = null;
  let dragged = false;

  const open = (share: number) => {
    document.documentElement.style.setProperty("--sheet", `${share * 100}%`);
    handle.setAttribute("aria-expanded", String(share > 0.2));
  };
  handle.addEventListener("pointerdown", (event) => {
    start = { y: event.clientY, height: panel.getBoundingClientRect().height };
    dragged = false;
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (!start) return;
    const up = start.y - event.clientY;
    dragged ||= Math.abs(up) > SLACK_PX;
    if (dragged) document.documentElement.style.setProperty("--sheet", `${start.height + up}px`);
  });
  const end = () => {
    if (start && dragged) {
      const share = panel.getBoundingClientRect().height / window.innerHeight;
      open(STOPS.reduce((best, stop) => (Math.abs(stop - share) < Math.abs(best - share) ? stop : best)));
    }
    start = null;
  };
  handle.addEventListener("pointerup", end);
  handle.addEventListener("pointercancel", end);
  handle.addEventListener("click", () => {
    if (dragged) return;
    open(handle.getAttribute("aria-expanded") === "true" ? 0.16 : 0.48);
  });
}
