// The route in a few figures, its alternatives, and its steps.

import type { Alternative, Route, Step } from "./api";
import { find, make } from "./dom";
import { distance, duration, LABEL_WORDS, LTS, LTS_SHORT, percent } from "./words";

/** Shares of the way at each level of stress, as one bar. */
function stressBar(route: Route): HTMLElement {
  const bar = make("div", { class: "bar", role: "img", "aria-label": inWords(route) });
  for (const level of LTS) {
    const metres = route.stress.lts_m[level] ?? 0;
    if (metres <= 0) continue;
    const part = make("span", { class: `lts-${level}`, title: `${LTS_SHORT[level]}: ${distance(metres)}` });
    part.style.flexGrow = String(metres);
    bar.append(part);
  }
  return bar;
}

function inWords(route: Route): string {
  const all = Math.max(1, LTS.reduce((sum, level) => sum + (route.stress.lts_m[level] ?? 0), 0));
  const parts = LTS.filter((level) => route.stress.lts_m[level] / all >= 0.005);
  return parts.map((level) => `${percent(route.stress.lts_m[level] / all)} ${LTS_SHORT[level]}`).join(", ");
}

/** The share of the way on streets of level 1 or 2. */
function atEase(route: Route): string {
  const { lts_m } = route.stress;
  const share = (lts_m[1] + lts_m[2]) / Math.max(1, lts_m[1] + lts_m[2] + lts_m[3] + lts_m[4]);
  return share > 0.995 ? "all at ease" : `${percent(share)} at ease`;
}

/** What stress adds to the effort of riding there, crossings and turns included. */
function stress(route: Route): string {
  const added = Math.round(route.stress.mean - 100);
  return added > 0 ? `stress +${added} %` : "no stress";
}

export function showRoute(route: Route | null, loading: boolean, hint: string): void {
  const place = find("#route");
  place.setAttribute("aria-busy", String(loading));
  if (!route) {
    place.replaceChildren(make("p", { class: loading ? "empty loading" : "empty" }, loading ? "Looking for the way…" : hint));
    return;
  }
  const climb = route.climb_m >= 1 || route.descent_m >= 1 ? ` · ↑ ${Math.round(route.climb_m)} m ↓ ${Math.round(route.descent_m)} m` : "";
  place.replaceChildren(
    make("p", { class: "figures" }, make("strong", { id: "minutes" }, duration(route.duration_s)), make("span", { id: "kilometres" }, `${distance(route.total_length_m)}${climb}`)),
    stressBar(route),
    make("p", { class: "shares" }, `${inWords(route)} · ${stress(route)}`),
  );
}

export function showError(message: string, again: () => void): void {
  const retry = make("button", { type: "button", class: "quiet", id: "retry" }, "Try again");
  retry.addEventListener("click", again);
  find("#route").replaceChildren(make("p", { class: "error", role: "alert", id: "route-error" }, message), retry);
  find("#route").setAttribute("aria-busy", "false");
}

/** The same way: comparing what is shown spares asking for identifiers. */
export function same(one: Route, other: Route): boolean {
  return Math.abs(one.total_length_m - other.total_length_m) < 0.5 && Math.abs(one.duration_s - other.duration_s) < 0.5;
}

export function showChoices(alternatives: Alternative[], shown: Route | null, choose: (chosen: Alternative) => void): void {
  const place = find("#choices");
  const focused = place.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["label"] : null;
  place.hidden = alternatives.length === 0;
  place.replaceChildren(
    ...alternatives.map((alternative) => {
      const pressed = shown !== null && same(shown, alternative);
      const button = make(
        "button",
        { type: "button", class: "choice", "aria-pressed": String(pressed), "data-label": alternative.label },
        make("span", { class: "label" }, LABEL_WORDS[alternative.label]),
        make("strong", {}, duration(alternative.duration_s)),
        make("span", {}, distance(alternative.total_length_m)),
        make("span", {}, stress(alternative)),
        make("span", {}, atEase(alternative)),
        stressBar(alternative),
      );
      button.addEventListener("click", () => choose(alternative));
      return button;
    }),
  );
  if (focused) place.querySelector<HTMLElement>(`[data-label="${focused}"]`)?.focus();
}

const TURNS: [RegExp, string][] = [
  [/u.?turn/, "↶"],
  [/slight.?left/, "↖"],
  [/slight.?right/, "↗"],
  [/left/, "←"],
  [/right/, "→"],
  [/arrive/, "◎"],
  [/depart|start/, "●"],
  [/roundabout/, "↻"],
];

export function showSteps(steps: Step[], point: (at: [number, number] | null) => void, go: (at: [number, number]) => void): void {
  const details = find<HTMLDetailsElement>("#steps");
  details.hidden = steps.length === 0;
  find("#steps summary").textContent = `Steps (${steps.length})`;
  find("#steps ol").replaceChildren(
    ...steps.map((step) => {
      const sign = TURNS.find(([pattern]) => pattern.test(step.maneuver))?.[1] ?? "↑";
      const button = make(
        "button",
        { type: "button" },
        make("span", { class: `sign lts-edge-${step.lts}`, "aria-hidden": "true" }, sign),
        make("span", { class: "said" }, step.instruction),
        make("span", { class: "far" }, step.length_m > 0 ? distance(step.length_m) : ""),
      );
      button.addEventListener("mouseenter", () => point(step.point));
      button.addEventListener("focus", () => point(step.point));
      button.addEventListener("mouseleave", () => point(null));
      button.addEventListener("blur", () => point(null));
      button.addEventListener("click", () => go(step.point));
      return make("li", {}, button);
    }),
  );
}
