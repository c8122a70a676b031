// What the page shows, and the same as an address: whoever opens the link sees the same route.

import type { Label, Place } from "./api";

export interface State {
  city: string;
  origin: Place | null;
  destination: Place | null;
  via: Place[];
  /** 0 fastest .. 1 calmest */
  comfort: number;
  /** The alternative that was chosen; null once the slider is moved. */
  chosen: Label | null;
  layers: { stress: boolean; crashes: boolean; reach: boolean };
}

export const VIA_MAX = 8;
const LABELS: readonly string[] = ["direct", "safer", "safest"];

export function initial(): State {
  return {
    city: "",
    origin: null,
    destination: null,
    via: [],
    comfort: 0.5,
    chosen: null,
    layers: { stress: false, crashes: false, reach: false },
  };
}

export function written(place: Place): string {
  return `${place[0].toFixed(5)}, ${place[1].toFixed(5)}`;
}

/** A place as a person types it: latitude and longitude, with a comma or a space between. */
export function parsed(text: string): Place | null {
  const found = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*°?\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*°?\s*$/.exec(text);
  if (!found) return null;
  const place: Place = [Number(found[1]), Number(found[2])];
  return Math.abs(place[0]) <= 90 && Math.abs(place[1]) <= 180 ? place : null;
}

/** Rounded as it is written, so that a link asks exactly what was asked before. */
export function rounded(place: Place): Place {
  return [Number(place[0].toFixed(5)), Number(place[1].toFixed(5))];
}

export function toHash(state: State): string {
  const parts: string[] = [];
  const add = (key: string, value: string) => value && parts.push(`${key}=${value}`);
  const short = (place: Place | null) => (place ? written(place).replace(" ", "") : "");
  add("city", encodeURIComponent(state.city));
  add("from", short(state.origin));
  add("to", short(state.destination));
  add("via", state.via.map(short).join(";"));
  add("comfort", state.comfort.toFixed(2));
  add("show", state.chosen ?? "");
  const layers = Object.entries(state.layers).filter(([, shown]) => shown);
  add("layers", layers.map(([name]) => name).join(","));
  return `#${parts.join("&")}`;
}

export function fromHash(hash: string): State {
  const state = initial();
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  state.city = values.get("city") ?? "";
  state.origin = parsed(values.get("from") ?? "");
  state.destination = parsed(values.get("to") ?? "");
  const via = (values.get("via") ?? "").split(";").map(parsed);
  state.via = via.filter((place) => place !== null).slice(0, VIA_MAX);
  const comfort = Number(values.get("comfort") ?? "0.5");
  if (comfort >= 0 && comfort <= 1) state.comfort = comfort;
  const show = values.get("show") ?? "";
  if (LABELS.includes(show)) state.chosen = show as Label;
  for (const layer of (values.get("layers") ?? "").split(",")) {
    if (layer === "stress" || layer === "crashes" || layer === "reach") state.layers[layer] = true;
  }
  return state;
}
