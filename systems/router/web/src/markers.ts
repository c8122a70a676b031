// The places on the map: draggable, and moved by arrow keys like everything else that has focus.

import { type LngLat, type Map as MapLibre, Marker } from "maplibre-gl";
import type { Place } from "./api";
import { make } from "./dom";
import { written } from "./state";

/** Pixels of one arrow key; with Shift ten times as many. */
const STEP_PX = 8;
const ARROWS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export type PlaceKey = "origin" | "destination" | `via[${number}]`;

export interface MarkerEvents {
  moved(key: PlaceKey, place: Place, settled: boolean): void;
  removed(key: PlaceKey): void;
}

export class Markers {
  private readonly markers = new Map<PlaceKey, Marker>();
  private readonly dot: Marker;

  constructor(
    private readonly map: MapLibre,
    private readonly events: MarkerEvents,
  ) {
    this.dot = new Marker({ element: make("div", { class: "dot", "aria-hidden": "true" }) });
  }

  show(places: Map<PlaceKey, Place>): void {
    for (const [key, marker] of this.markers) {
      if (places.has(key)) continue;
      marker.remove();
      this.markers.delete(key);
    }
    for (const [key, place] of places) {
      const marker = this.markers.get(key) ?? this.add(key, place);
      marker.setLngLat([place[1], place[0]]);
      describe(marker.getElement(), key, place);
    }
  }

  /** The place on the route that the chart points at. */
  point(at: [number, number] | null): void {
    if (at) this.dot.setLngLat(at).addTo(this.map);
    else this.dot.remove();
  }

  private add(key: PlaceKey, place: Place): Marker {
    const element = make("div", { class: `pin ${key.startsWith("via") ? "via" : key}`, role: "button", tabindex: "0" }, letter(key));
    const marker = new Marker({ element, draggable: true, anchor: "center" }).setLngLat([place[1], place[0]]).addTo(this.map);
    marker.on("drag", () => this.events.moved(key, placeOf(marker.getLngLat()), false));
    marker.on("dragend", () => this.events.moved(key, placeOf(marker.getLngLat()), true));
    // A press on a place is not one on the map.
    element.addEventListener("click", (event) => event.stopPropagation());
    element.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.events.removed(key);
    });
    element.addEventListener("keydown", (event) => this.key(event, key, marker));
    this.markers.set(key, marker);
    return marker;
  }

  private key(event: KeyboardEvent, key: PlaceKey, marker: Marker): void {
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.events.removed(key);
    }
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    event.stopPropagation();
    const step = STEP_PX * (event.shiftKey ? 10 : 1);
    const at = this.map.project(marker.getLngLat());
    const moved = this.map.unproject([at.x + arrow[0] * step, at.y + arrow[1] * step]);
    this.events.moved(key, placeOf(moved), true);
  }
}

function letter(key: PlaceKey): string {
  if (key === "origin") return "A";
  return key === "destination" ? "B" : String(Number(key.slice(4, -1)) + 1);
}

export function nameOf(key: PlaceKey): string {
  if (key === "origin") return "Start";
  return key === "destination" ? "Destination" : `Stop ${letter(key)}`;
}

function describe(element: HTMLElement, key: PlaceKey, place: Place): void {
  element.setAttribute("aria-label", `${nameOf(key)} at ${written(place)}. Arrow keys move it, Delete removes it.`);
}

function placeOf(at: LngLat): Place {
  return [at.lat, at.lng];
}
