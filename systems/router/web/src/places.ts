// The places as text: typed, corrected, removed; each with its error beside it.

import type { Place } from "./api";
import { find, make, tell } from "./dom";
import { nameOf, type PlaceKey } from "./markers";
import { parsed, type State, VIA_MAX, written } from "./state";

export interface PlaceEvents {
  typed(key: PlaceKey, place: Place | null): void;
  removed(key: PlaceKey): void;
  swapped(): void;
  stopWanted(): void;
}

interface Field {
  row: HTMLElement;
  input: HTMLInputElement;
  error: HTMLElement;
  remove: HTMLButtonElement;
}

export class PlacesForm {
  private readonly form = find<HTMLFormElement>("#places");
  private readonly fields = new Map<PlaceKey, Field>();
  private readonly rows = make("div", { class: "rows" });
  private readonly swap = make("button", { type: "button", class: "quiet", id: "swap" }, "Turn round");
  private readonly stop = make("button", { type: "button", class: "quiet", id: "add-stop" }, "Add a stop");
  private readonly hint = make("p", { class: "hint", id: "hint" });

  constructor(private readonly events: PlaceEvents) {
    this.form.append(this.rows, make("div", { class: "buttons" }, this.stop, this.swap), this.hint);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.swap.addEventListener("click", () => events.swapped());
    this.stop.addEventListener("click", () => events.stopWanted());
  }

  show(state: State): void {
    const keys: PlaceKey[] = ["origin", ...state.via.map((_, index): PlaceKey => `via[${index}]`), "destination"];
    for (const [key, field] of this.fields) {
      if (keys.includes(key)) continue;
      field.row.remove();
      this.fields.delete(key);
    }
    for (const [index, key] of keys.entries()) {
      const field = this.fields.get(key) ?? this.add(key);
      if (this.rows.children[index] !== field.row) this.rows.insertBefore(field.row, this.rows.children[index] ?? null);
      const place = placeAt(state, key);
      if (document.activeElement !== field.input || place) field.input.value = place ? written(place) : "";
      field.remove.hidden = place === null && !key.startsWith("via");
    }
    this.swap.disabled = !state.origin && !state.destination;
    this.stop.disabled = state.via.length >= VIA_MAX;
    this.hint.textContent = hint(state);
    this.hint.classList.toggle("done", state.origin !== null && state.destination !== null);
  }

  /** Shows a refusal at the place that it is about. False when it is about none. */
  refuse(field: string | null, message: string): boolean {
    const found = [...this.fields].find(([key]) => key === field);
    if (!found) return false;
    this.complain(found[1], message);
    return true;
  }

  accept(): void {
    for (const field of this.fields.values()) this.complain(field, null);
  }

  private add(key: PlaceKey): Field {
    const id = `place-${key.replace(/[[\]]/g, "-")}`;
    const input = make("input", {
      id,
      name: key,
      type: "text",
      inputmode: "text",
      spellcheck: "false",
      placeholder: "60.1702, 24.9387",
      "aria-describedby": `${id}-error`,
    });
    const error = make("p", { class: "error", id: `${id}-error`, role: "alert", hidden: true });
    const remove = make("button", { type: "button", class: "icon", "aria-label": `Remove ${nameOf(key).toLowerCase()}` }, "×");
    const badge = make("span", { class: `badge ${key.startsWith("via") ? "via" : key}`, "aria-hidden": "true" }, nameOf(key).startsWith("Stop") ? nameOf(key).slice(5) : key === "origin" ? "A" : "B");
    const label = make("label", { for: id, class: "visually-hidden" }, `${nameOf(key)}: latitude, longitude`);
    const row = make("div", { class: "place" }, badge, label, input, remove, error);
    const field: Field = { row, input, error, remove };
    input.addEventListener("change", () => this.typed(key, field));
    remove.addEventListener("click", () => this.events.removed(key));
    this.fields.set(key, field);
    return field;
  }

  private typed(key: PlaceKey, field: Field): void {
    const place = parsed(field.input.value);
    if (place === null && field.input.value.trim() !== "") {
      this.complain(field, "Write latitude and longitude, such as 60.1702, 24.9387.");
      return;
    }
    this.complain(field, null);
    this.events.typed(key, place);
  }

  private complain(field: Field, message: string | null): void {
    tell(field.error, message);
    field.input.toggleAttribute("aria-invalid", message !== null);
    if (message !== null) field.input.setAttribute("aria-invalid", "true");
  }
}

function placeAt(state: State, key: PlaceKey): Place | null {
  if (key === "origin") return state.origin;
  if (key === "destination") return state.destination;
  return state.via[Number(key.slice(4, -1))] ?? null;
}

function hint(state: State): string {
  if (!state.origin) return "Click the map where you start, or type coordinates.";
  if (!state.destination) return "Now click where you are going.";
  return "Drag the places. A right click or a long press adds a stop.";
}
