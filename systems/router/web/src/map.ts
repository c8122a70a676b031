// The map: draws what it is given, and says where it was pressed.

import { type GeoJSONSource, Map as MapLibre, type MapMouseEvent, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import "maplibre-gl/dist/maplibre-gl.css";
import type { City, Place, StreetProperties } from "./api";
import { SOURCES, type SourceName, style } from "./style";
import { darkness, theme } from "./theme";

setWorkerUrl(workerUrl);

/** How far outside the city the map may be moved, as a share of its size. */
const MARGIN = 0.6;
const LONG_PRESS_MS = 500;
const LONG_PRESS_SLACK_PX = 8;

type Data = Record<SourceName, GeoJSON.FeatureCollection>;
export type Layers = { stress: boolean; crashes: boolean; reach: boolean };
export type StreetSeen = Pick<StreetProperties, "name" | "highway" | "lts"> & { infra: string };

export interface MapEvents {
  pressed(place: Place): void;
  heldDown(place: Place): void;
  failed(message: string): void;
}

export class CityMap {
  readonly map: MapLibre;
  private readonly data: Data;
  private layers: Layers = { stress: false, crashes: false, reach: false };

  constructor(
    container: HTMLElement,
    private city: City,
    private tiles: string,
    events: MapEvents,
  ) {
    this.data = Object.fromEntries(SOURCES.map((name) => [name, { type: "FeatureCollection", features: [] }])) as unknown as Data;
    this.map = new MapLibre({
      container,
      style: style(city, tiles, theme()),
      bounds: city.bounds,
      fitBoundsOptions: { padding: this.padding() },
      maxBounds: widened(city.bounds),
      maxZoom: 18.5,
      attributionControl: { compact: true },
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 100,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new ScaleControl({ maxWidth: 90 }), "bottom-right");
    this.map.on("style.load", () => this.refill());
    this.map.on("error", () => events.failed("Part of the map could not be loaded."));
    this.map.on("click", (event) => events.pressed(placeOf(event)));
    this.map.on("contextmenu", (event) => events.heldDown(placeOf(event)));
    this.listenForLongPress(events);
    darkness.addEventListener("change", () => this.restyle());
  }

  show(name: SourceName, features: GeoJSON.Feature[]): void {
    this.data[name] = { type: "FeatureCollection", features };
    this.map.getSource<GeoJSONSource>(name)?.setData(this.data[name]);
  }

  showLayers(layers: Layers): void {
    this.layers = layers;
    for (const layer of ["stress", "crashes"] as const) {
      if (this.map.getLayer(layer)) this.map.setLayoutProperty(layer, "visibility", layers[layer] ? "visible" : "none");
    }
  }

  visit(city: City, tiles: string): void {
    this.city = city;
    this.tiles = tiles;
    this.map.setMaxBounds(widened(city.bounds));
    this.restyle();
    this.map.fitBounds(city.bounds, { padding: this.padding(), animate: false });
  }

  /** Moves so that all of these are seen, unless they are already. */
  include(places: [number, number][], always: boolean): void {
    const lons = places.map(([lon]) => lon);
    const lats = places.map(([, lat]) => lat);
    const box: [number, number, number, number] = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
    const seen = this.map.getBounds();
    const inside = seen.contains([box[0], box[1]]) && seen.contains([box[2], box[3]]);
    if (always || !inside) this.map.fitBounds(box, { padding: this.padding(60), maxZoom: 16.5, duration: still() ? 0 : 400 });
  }

  /** The street under a point of the screen. */
  streetAt(place: Place): StreetSeen | null {
    const { x, y } = this.map.project([place[1], place[0]]);
    const layers = ["paths", "minor", "main"].filter((id) => this.map.getLayer(id));
    const found = this.map.queryRenderedFeatures([[x - 6, y - 6], [x + 6, y + 6]], { layers })[0];
    return (found?.properties as StreetSeen | undefined) ?? null;
  }

  /** Room that the panel takes: at the left on a wide screen, at the bottom on a phone. */
  padding(around = 28) {
    const wide = window.matchMedia("(min-width: 48rem)").matches;
    const panel = document.querySelector("#panel")?.getBoundingClientRect();
    const sheet = Math.min(panel ? window.innerHeight - panel.top : 0, window.innerHeight * 0.55);
    return { top: around, right: around + 16, bottom: around + (wide ? 0 : sheet), left: around + (wide ? (panel?.right ?? 0) : 0) };
  }

  private restyle(): void {
    this.map.setStyle(style(this.city, this.tiles, theme()), { diff: false });
  }

  private refill(): void {
    for (const name of SOURCES) this.show(name, this.data[name].features);
    this.showLayers(this.layers);
  }

  /** Touch screens have no right button; MapLibre says nothing of a finger that rests. */
  private listenForLongPress(events: MapEvents): void {
    let timer = 0;
    let start = { x: 0, y: 0 };
    const stop = () => window.clearTimeout(timer);
    this.map.on("touchstart", (event) => {
      stop();
      if (event.points.length !== 1) return;
      start = event.point;
      const place: Place = [event.lngLat.lat, event.lngLat.lng];
      timer = window.setTimeout(() => events.heldDown(place), LONG_PRESS_MS);
    });
    this.map.on("touchmove", (event) => {
      if (Math.hypot(event.point.x - start.x, event.point.y - start.y) > LONG_PRESS_SLACK_PX) stop();
    });
    this.map.on("touchend", stop);
    this.map.on("touchcancel", stop);
  }
}

function placeOf(event: MapMouseEvent): Place {
  return [event.lngLat.lat, event.lngLat.lng];
}

function widened([west, south, east, north]: City["bounds"]): City["bounds"] {
  const [width, height] = [(east - west) * MARGIN + 0.02, (north - south) * MARGIN + 0.02];
  return [west - width, south - height, east + width, north + height];
}

function still(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
