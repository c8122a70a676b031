// Elevation and stress along the way. Whoever points at the chart, with a mouse, a finger or arrow keys, points at the map.

import type { Lts, Position, Route } from "./api";
import { find, make, svg } from "./dom";
import { distance, LTS_SHORT, plain } from "./words";

const WIDTH = 320;
const ELEVATION = { top: 8, height: 44 };
const STRESS = { height: 40 };
const AXIS_HEIGHT = 14;
/** Arrow keys move by this share of the way. */
const KEY_STEP = 1 / 50;

interface Stretch {
  from: number;
  to: number;
  lts: Lts;
  name: string;
  line: Position[];
}

export class Chart {
  private readonly place = find("#chart");
  private stretches: Stretch[] = [];
  private length = 0;
  private elevation: { at: number; metres: number }[] = [];
  private cursor: SVGElement | null = null;
  private readonly said = make("p", { class: "said", "aria-live": "polite" });
  private at = 0;

  constructor(private readonly point: (at: Position | null) => void) {}

  show(route: Route | null): void {
    this.place.hidden = route === null || route.geojson.features.length === 0;
    if (route === null || this.place.hidden) {
      this.place.replaceChildren();
      return;
    }
    this.measure(route);
    this.draw();
  }

  private measure(route: Route): void {
    let from = 0;
    this.stretches = route.geojson.features.map((street) => {
      const { length_m, lts, name, highway } = street.properties;
      const stretch = { from, to: from + length_m, lts, name: name || plain(highway), line: street.geometry.coordinates as Position[] };
      from = stretch.to;
      return stretch;
    });
    this.length = Math.max(from, 1);
    const metres = route.profile?.elevation_m ?? null;
    const distances = route.profile?.distance_m ?? [];
    this.elevation = metres ? distances.map((at, index) => ({ at, metres: metres[index] ?? 0 })) : [];
  }

  private draw(): void {
    const hasElevation = this.elevation.length > 1;
    const top = hasElevation ? ELEVATION.top + ELEVATION.height + 12 : 4;
    const bottom = top + STRESS.height;
    const height = bottom + AXIS_HEIGHT;
    const picture = svg("svg", {
      viewBox: `0 0 ${WIDTH} ${height}`,
      role: "slider",
      tabindex: 0,
      "aria-label": "Place along the route",
      "aria-valuemin": 0,
      "aria-valuemax": Math.round(this.length),
      "aria-valuenow": 0,
    });
    if (hasElevation) picture.append(...this.elevationParts());
    picture.append(...this.stressParts(bottom), ...this.axisParts(bottom));
    this.cursor = svg("line", { class: "cursor", x1: 0, x2: 0, y1: 0, y2: bottom, visibility: "hidden" });
    picture.append(this.cursor);
    this.listen(picture);
    const heading = make("h2", {}, hasElevation ? "Elevation and stress" : "Stress along the way");
    this.said.textContent = "";
    this.place.replaceChildren(make("div", { class: "chart-head" }, heading, this.said), picture);
  }

  private x(metres: number): number {
    return (metres / this.length) * WIDTH;
  }

  private elevationParts(): SVGElement[] {
    const heights = this.elevation.map(({ metres }) => metres);
    const low = Math.min(...heights);
    // A flat way looks flat: the scale never shows less than 20 m.
    const span = Math.max(Math.max(...heights) - low, 20);
    const base = ELEVATION.top + ELEVATION.height;
    const y = (metres: number) => base - 2 - ((metres - low) / span) * (ELEVATION.height - 6);
    const line = this.elevation.map(({ at, metres }) => `${this.x(at).toFixed(1)},${y(metres).toFixed(1)}`).join(" ");
    const top = this.elevation.reduce((best, one) => (one.metres > best.metres ? one : best));
    const x = Math.min(Math.max(this.x(top.at), 16), WIDTH - 16);
    return [
      svg("polygon", { class: "hill", points: `0,${base} ${line} ${WIDTH},${base}` }),
      svg("polyline", { class: "ridge", points: line }),
      svg("text", { class: "scale", x, y: ELEVATION.top + 2, "text-anchor": "middle" }, new Text(signed(top.metres))),
    ];
  }

  /** One bar for each run of streets of the same level; its height is the level. */
  private stressParts(bottom: number): SVGElement[] {
    const parts: SVGElement[] = [];
    for (let first = 0; first < this.stretches.length; ) {
      const start = this.stretches[first] as Stretch;
      let last = first;
      while (this.stretches[last + 1]?.lts === start.lts) last += 1;
      const end = this.stretches[last] as Stretch;
      const height = (STRESS.height * start.lts) / 4;
      const width = Math.max(this.x(end.to) - this.x(start.from), 0.6);
      parts.push(svg("rect", { class: `lts-${start.lts}`, x: this.x(start.from).toFixed(2), y: bottom - height, width: width.toFixed(2), height }));
      first = last + 1;
    }
    return parts;
  }

  private axisParts(bottom: number): SVGElement[] {
    const text = (at: number, anchor: string, words: string) => svg("text", { class: "scale", x: at, y: bottom + 11, "text-anchor": anchor }, new Text(words));
    return [
      svg("line", { class: "axis", x1: 0, x2: WIDTH, y1: bottom, y2: bottom }),
      text(0, "start", "0"),
      text(WIDTH / 2, "middle", distance(this.length / 2)),
      text(WIDTH, "end", distance(this.length)),
    ];
  }

  private listen(picture: SVGElement): void {
    const follow = (event: PointerEvent) => {
      const box = picture.getBoundingClientRect();
      this.moveTo(((event.clientX - box.left) / box.width) * this.length, picture);
    };
    picture.addEventListener("pointermove", follow);
    picture.addEventListener("pointerdown", follow);
    picture.addEventListener("pointerleave", () => this.leave());
    picture.addEventListener("blur", () => this.leave());
    picture.addEventListener("keydown", (event) => {
      const steps: Record<string, number> = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5, Home: -1e9, End: 1e9 };
      const step = steps[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.moveTo(this.at + step * KEY_STEP * this.length, picture);
    });
  }

  private moveTo(wanted: number, picture: SVGElement): void {
    this.at = Math.min(Math.max(wanted, 0), this.length);
    const stretch = this.stretches.find(({ to }) => this.at <= to) ?? this.stretches.at(-1);
    if (!stretch || !this.cursor) return;
    const x = this.x(this.at).toFixed(1);
    for (const end of ["x1", "x2"]) this.cursor.setAttribute(end, x);
    this.cursor.setAttribute("visibility", "visible");
    const height = this.heightAt(this.at);
    const words = [distance(this.at), stretch.name, LTS_SHORT[stretch.lts], height === null ? "" : signed(height)];
    this.said.textContent = words.filter((word) => word !== "").join(" · ");
    picture.setAttribute("aria-valuenow", String(Math.round(this.at)));
    picture.setAttribute("aria-valuetext", this.said.textContent);
    this.point(along(stretch, this.at));
  }

  private heightAt(metres: number): number | null {
    const after = this.elevation.findIndex(({ at }) => at >= metres);
    const right = this.elevation[Math.max(after, 0)];
    const left = this.elevation[Math.max(after - 1, 0)];
    if (!right || !left) return null;
    const share = right.at > left.at ? (metres - left.at) / (right.at - left.at) : 0;
    return left.metres + (right.metres - left.metres) * share;
  }

  private leave(): void {
    this.cursor?.setAttribute("visibility", "hidden");
    this.said.textContent = "";
    this.point(null);
  }
}

/** Metres above the start. */
function signed(metres: number): string {
  const rounded = Math.round(metres);
  return `${rounded < 0 ? "−" : "+"}${Math.abs(rounded)} m`;
}

/** The point of a stretch's line at this distance along the route. */
function along(stretch: Stretch, at: number): Position {
  const { line } = stretch;
  const first = line[0] as Position;
  const shrink = Math.cos((first[1] * Math.PI) / 180);
  const lengths = line.slice(1).map((end, index) => {
    const start = line[index] as Position;
    return Math.hypot((end[0] - start[0]) * shrink, end[1] - start[1]);
  });
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  let left = whole * ((at - stretch.from) / Math.max(stretch.to - stretch.from, 1e-6));
  for (const [index, length] of lengths.entries()) {
    if (left <= length || index === lengths.length - 1) {
      const [start, end] = [line[index] as Position, line[index + 1] as Position];
      const share = length > 0 ? Math.min(left / length, 1) : 0;
      return [start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share];
    }
    left -= length;
  }
  return first;
}
