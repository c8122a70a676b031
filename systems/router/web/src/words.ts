// Numbers and codes as a rider reads them.

import type { Lts, Label } from "./api";

export const LTS: readonly Lts[] = [1, 2, 3, 4];

/** Levels of traffic stress, by who is at ease there. */
export const LTS_WORDS: Record<Lts, string> = {
  1: "calm: for children, too",
  2: "easy: for most adults",
  3: "busy: for confident riders",
  4: "stressful: for the fearless",
};

export const LTS_SHORT: Record<Lts, string> = { 1: "calm", 2: "easy", 3: "busy", 4: "stressful" };

export const LABEL_WORDS: Record<Label, string> = { direct: "Direct", safer: "Safer", safest: "Safest" };

export function distance(metres: number): string {
  return metres < 950 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(metres < 99_500 ? 1 : 0)} km`;
}

export function duration(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `living_street` -> `living street` */
export function plain(tag: string): string {
  return tag.replaceAll("_", " ");
}

export function comfortWord(comfort: number): string {
  if (comfort <= 0.05) return "as fast as possible";
  if (comfort >= 0.95) return "as calm as possible";
  if (comfort < 0.35) return "fast";
  return comfort <= 0.65 ? "balanced" : "calm";
}

export function title(name: string): string {
  return name.replaceAll("-", " ").replace(/\b\p{L}/gu, (letter) => letter.toUpperCase());
}
