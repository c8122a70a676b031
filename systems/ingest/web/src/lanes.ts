// The four runs as bars, with a line of how long each 1,000 records took.

import { make, svg } from "./dom";
import type { Format, Runtime } from "./messages";
import { type Lane, laneName, type State, title } from "./state";
import { milliseconds, seconds, whole } from "./words";

const SPARK = { width: 120, height: 28 };

interface Parts {
  row: HTMLElement;
  bar: HTMLElement;
  fill: HTMLElement;
  records: HTMLElement;
  figures: HTMLElement;
  spark: SVGElement;
  error: HTMLElement;
  button: HTMLButtonElement;
}

const WORDS: Record<Lane["phase"], string> = { idle: "not run yet", queued: "waits for its turn", running: "running", finished: "done", failed: "failed", lost: "not heard to the end" };

export class Lanes {
  private readonly parts = new Map<string, Parts>();

  constructor(home: HTMLElement, state: State, run: (runtime: Runtime, format: Format) => void) {
    for (const lane of state.lanes) {
      const parts = build(lane);
      parts.button.addEventListener("click", () => run(lane.runtime, lane.format));
      this.parts.set(laneName(lane), parts);
      home.append(parts.row);
    }
  }

  render(state: State, ready: boolean): void {
    for (const lane of state.lanes) {
      const parts = this.parts.get(laneName(lane));
      if (parts) show(parts, lane, state, ready);
    }
  }
}

function build(lane: Lane): Parts {
  const name = laneName(lane);
  const fill = make("div", { class: "fill" });
  const records = make("span", { class: "records" });
  const figures = make("span", { class: "figures" });
  const error = make("p", { class: "error", hidden: true });
  const bar = make("div", { class: "bar", role: "progressbar", "aria-label": `Records written by ${title(lane)}`, "aria-valuemin": "0" }, fill);
  const spark = svg("svg", { class: "spark", viewBox: `0 0 ${SPARK.width} ${SPARK.height}`, "aria-hidden": "true", preserveAspectRatio: "none" });
  const button = make("button", { type: "button", class: "small", "aria-label": `Run ${title(lane)}` }, "Run");
  const row = make(
    "li",
    { class: `lane ${lane.runtime}`, id: `lane-${name}`, "data-phase": lane.phase },
    make("div", { class: "name" }, make("strong", {}, lane.runtime === "rust" ? "Rust" : "Python"), make("span", {}, lane.format.toUpperCase())),
    make("div", { class: "track" }, bar, make("div", { class: "under" }, records, figures)),
    spark,
    button,
    error,
  );
  return { row, bar, fill, records, figures, spark, error, button };
}

function show(parts: Parts, lane: Lane, state: State, ready: boolean): void {
  const share = lane.phase === "finished" ? 1 : Math.min(1, lane.records / state.expected);
  parts.row.dataset.phase = lane.phase;
  parts.fill.style.transform = `scaleX(${share})`;
  parts.bar.setAttribute("aria-valuemax", String(state.expected));
  parts.bar.setAttribute("aria-valuenow", String(lane.records));
  parts.bar.setAttribute("aria-valuetext", describe(lane, state));
  parts.records.textContent = describe(lane, state);
  parts.figures.textContent = figures(lane);
  parts.error.textContent = lane.error ?? "";
  parts.error.hidden = lane.error === null;
  parts.button.disabled = !ready;
  draw(parts.spark, lane.recent_ms);
}

function describe(lane: Lane, state: State): string {
  if (lane.phase === "idle" || lane.phase === "queued") return WORDS[lane.phase];
  const of = lane.phase === "finished" ? "" : state.total === null ? ` of about ${whole(state.expected)}` : ` of ${whole(state.expected)}`;
  const word = lane.phase === "running" ? "" : ` · ${WORDS[lane.phase]}`;
  return `${whole(lane.records)}${of} records${word}`;
}

function figures(lane: Lane): string {
  if (lane.elapsed_ms === 0) return lane.memory_mb === null ? "" : `${lane.memory_mb} MB`;
  const last = lane.phase === "running" && lane.last_1000_ms !== null ? ` · last 1,000 in ${milliseconds(lane.last_1000_ms)}` : "";
  return `${seconds(lane.elapsed_ms)}${last} · ${lane.memory_mb} MB`;
}

function draw(spark: SVGElement, times: number[]): void {
  const most = Math.max(...times, 1);
  const step = SPARK.width / Math.max(1, times.length - 1);
  const points = times.map((ms, at) => `${(at * step).toFixed(1)},${(SPARK.height - 2 - (ms / most) * (SPARK.height - 4)).toFixed(1)}`);
  spark.replaceChildren(...(points.length > 1 ? [svg("polyline", { points: points.join(" ") })] : []));
}
