// Colours of the map and of stress. The page's own colours stand in page.css.

import type { Lts } from "./api";

export interface Theme {
  ground: string;
  path: string;
  street: string;
  casing: string;
  main: string;
  name: string;
  halo: string;
  routeCasing: string;
  alternative: string;
  crash: string;
  reach: string;
  lts: Record<Lts, string>;
}

/**
 * Stress goes from blue over amber to dark red (in the dark: to pink): told apart with every common colour blindness, and
 * also by lightness within each half. The chart says the same by height, and level 4 is dashed on the map.
 */
const LIGHT: Theme = {
  ground: "#f3f0e8",
  path: "#cfc8b6",
  street: "#ffffff",
  casing: "#d8d1c1",
  main: "#fdf3d6",
  name: "#5b5546",
  halo: "#fbf9f4",
  routeCasing: "#ffffff",
  alternative: "#6d7683",
  crash: "#8c1d40",
  reach: "#6a4c9c",
  lts: { 1: "#0b6fb8", 2: "#45b1de", 3: "#e68a00", 4: "#9c1036" },
};

const DARK: Theme = {
  ground: "#12161b",
  path: "#2d353e",
  street: "#39434e",
  casing: "#12161b",
  main: "#4c5661",
  name: "#aab4bf",
  halo: "#12161b",
  routeCasing: "#0a0d10",
  alternative: "#8d99a6",
  crash: "#ff8fb1",
  reach: "#b79cf0",
  lts: { 1: "#3f9ef0", 2: "#9adcf5", 3: "#ffb224", 4: "#ff4f7b" },
};

export const darkness = window.matchMedia("(prefers-color-scheme: dark)");

export function theme(): Theme {
  return darkness.matches ? DARK : LIGHT;
}
