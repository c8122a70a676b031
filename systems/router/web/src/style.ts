// The map's style: streets from the router's own tiles, names drawn with the browser's own fonts. Nothing comes from outside.

import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { City } from "./api";
import type { Theme } from "./theme";

export const TILE_ZOOM = { min: 8, max: 16 };
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

/** Sources that the page fills. */
export const SOURCES = ["reach", "alternatives", "route"] as const;
export type SourceName = (typeof SOURCES)[number];

export function style(city: City, tiles: string, theme: Theme): StyleSpecification {
  const filled = Object.fromEntries(SOURCES.map((name) => [name, { type: "geojson" as const, data: EMPTY }]));
  return {
    version: 8,
    sources: {
      streets: {
        type: "vector",
        tiles: [tiles],
        minzoom: TILE_ZOOM.min,
        maxzoom: TILE_ZOOM.max,
        bounds: city.bounds,
        attribution: text(city.attribution),
      },
      ...filled,
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": theme.ground } },
      ...streets(theme),
      ...overlays(theme),
      ...routes(theme),
      names(theme),
    ],
  };
}

/** Attributions are text; the map takes them as markup. */
function text(attribution: string): string {
  return attribution.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

const MAIN = ["motorway", "trunk", "primary", "secondary", "tertiary"];
const PATHS = ["footway", "path", "steps", "cycleway", "track", "bridleway", "pedestrian", "corridor"];

function isIn(values: string[]): ExpressionSpecification {
  return ["in", ["get", "highway"], ["literal", values]];
}

const MAIN_OR_PATH: ExpressionSpecification = ["any", isIn(MAIN), isIn(PATHS)];

function width(...stops: number[]): ExpressionSpecification {
  return ["interpolate", ["exponential", 1.6], ["zoom"], ...stops] as unknown as ExpressionSpecification;
}

const ROUND = { "line-cap": "round", "line-join": "round" } as const;

function streets(theme: Theme): LayerSpecification[] {
  const line = (id: string, filter: ExpressionSpecification, color: string, ...stops: number[]): LayerSpecification => ({
    id,
    type: "line",
    source: "streets",
    "source-layer": "streets",
    filter,
    layout: ROUND,
    paint: { "line-color": color, "line-width": width(...stops) },
  });
  const minor: ExpressionSpecification = ["!", MAIN_OR_PATH];
  return [
    line("paths", isIn(PATHS), theme.path, 11, 0.3, 14, 0.7, 17, 2.5),
    line("minor-casing", minor, theme.casing, 11, 0.5, 14, 2.2, 17, 12),
    line("main-casing", isIn(MAIN), theme.casing, 9, 0.6, 13, 3.4, 17, 18),
    line("minor", minor, theme.street, 11, 0.3, 14, 1.3, 17, 9.5),
    line("main", isIn(MAIN), theme.main, 9, 0.4, 13, 2.2, 17, 15),
  ];
}

/** Line colour by the level of traffic stress that a feature has. */
function byLts(theme: Theme): ExpressionSpecification {
  return ["match", ["get", "lts"], 1, theme.lts[1], 2, theme.lts[2], 3, theme.lts[3], theme.lts[4]];
}

function overlays(theme: Theme): LayerSpecification[] {
  return [
    {
      id: "stress",
      type: "line",
      source: "streets",
      "source-layer": "streets",
      layout: { ...ROUND, visibility: "none" },
      paint: { "line-color": byLts(theme), "line-width": width(10, 0.5, 14, 1.4, 17, 5), "line-opacity": 0.75 },
    },
    {
      id: "reach",
      type: "fill",
      source: "reach",
      paint: { "fill-color": theme.reach, "fill-opacity": 0.1 },
    },
    {
      id: "reach-edge",
      type: "line",
      source: "reach",
      paint: { "line-color": theme.reach, "line-width": 1.2, "line-opacity": 0.8 },
    },
    {
      id: "crashes",
      type: "circle",
      source: "streets",
      "source-layer": "crashes",
      layout: { visibility: "none" },
      paint: {
        "circle-color": theme.crash,
        "circle-opacity": 0.65,
        "circle-stroke-color": theme.halo,
        "circle-stroke-width": 1,
        "circle-radius": [
          "interpolate", ["linear"], ["zoom"],
          10, ["+", 1, ["*", 0.4, ["get", "severity"]]],
          16, ["+", 3, ["*", 1.6, ["get", "severity"]]],
        ],
      },
    },
  ];
}

function routes(theme: Theme): LayerSpecification[] {
  return [
    {
      id: "alternatives",
      type: "line",
      source: "alternatives",
      layout: ROUND,
      paint: { "line-color": theme.alternative, "line-width": width(10, 2, 14, 4, 17, 7), "line-opacity": 0.75, "line-dasharray": [0.2, 1.6] },
    },
    {
      id: "route-casing",
      type: "line",
      source: "route",
      layout: ROUND,
      paint: { "line-color": theme.routeCasing, "line-width": width(10, 5, 14, 9.5, 17, 15) },
    },
    {
      id: "route",
      type: "line",
      source: "route",
      layout: ROUND,
      paint: { "line-color": byLts(theme), "line-width": width(10, 3, 14, 6, 17, 10) },
    },
    {
      id: "route-stressful",
      type: "line",
      source: "route",
      filter: ["==", ["get", "lts"], 4],
      paint: { "line-color": theme.routeCasing, "line-width": width(10, 0.8, 14, 1.6, 17, 2.6), "line-dasharray": [2.5, 2.5] },
    },
  ];
}

function names(theme: Theme): LayerSpecification {
  return {
    id: "names",
    type: "symbol",
    source: "streets",
    "source-layer": "streets",
    minzoom: 14,
    filter: ["all", ["has", "name"], ["!=", ["get", "name"], ""]],
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 280,
      "text-field": ["get", "name"],
      // Not a font of the style: without `glyphs` the browser draws the letters with what the machine has.
      "text-font": ["sans-serif"],
      "text-size": ["interpolate", ["linear"], ["zoom"], 14, 10.5, 17, 13],
      "text-max-angle": 30,
      "text-padding": 6,
    },
    paint: { "text-color": theme.name, "text-halo-color": theme.halo, "text-halo-width": 1.4 },
  };
}
