// The page: one state, the views that show it, and the questions that it makes.

import { type Alternative, type Answer, Api, ApiError, type City, locate, type Place, type Position, type Question, type Street } from "./api";
import { Chart } from "./chart";
import { find, make, tell } from "./dom";
import { Latest } from "./latest";
import { CityMap } from "./map";
import { Markers, type PlaceKey } from "./markers";
import { PlacesForm } from "./places";
import { sheet } from "./sheet";
import { fromHash, rounded, type State, toHash, VIA_MAX } from "./state";
import { same, showChoices, showError, showRoute, showSteps } from "./summary";
import { comfortWord, LTS, LTS_WORDS, plain, title } from "./words";

const REACH_MINUTES = [5, 10, 15];
const STREET_SHOWN_MS = 4000;

class Page {
  private state: State = fromHash(location.hash);
  private answer: Answer | null = null;
  private alternatives: Alternative[] = [];
  /** The places that the alternatives are of, and whether those of the present ones are still to be asked. */
  private alternativesOf = "";
  private alternativesWanted = false;
  private busy = false;
  private readonly map: CityMap;
  private readonly markers: Markers;
  private readonly form: PlacesForm;
  private readonly chart: Chart;
  private readonly routes: Latest<Question, Answer>;
  private readonly reaches: Latest<{ city: string; origin: Place; comfort: number }, GeoJSON.FeatureCollection>;
  private written = "";
  private streetTimer = 0;

  constructor(
    private readonly api: Api,
    private readonly cities: City[],
  ) {
    const city = this.city();
    this.state.city = city.name;
    this.map = new CityMap(find("#map"), city, api.tiles(city.name), {
      pressed: (place) => this.pressed(place),
      heldDown: (place) => this.addStop(place),
      failed: (message) => tell(find("#map-note"), message),
    });
    const point = (at: Position | null) => this.markers.point(at);
    this.markers = new Markers(this.map.map, {
      moved: (key, place, settled) => this.place(key, place, settled),
      removed: (key) => this.remove(key),
    });
    this.form = new PlacesForm({
      typed: (key, place) => (place ? this.place(key, place, true, true) : this.remove(key)),
      removed: (key) => this.remove(key),
      swapped: () => this.swap(),
      stopWanted: () => this.addStop(this.centre()),
    });
    this.chart = new Chart(point);
    this.routes = new Latest(
      (question, signal) => api.route(question, signal),
      (answer, question) => this.answered(answer, question),
      (error) => this.refused(error),
      (busy) => this.setBusy(busy),
    );
    this.reaches = new Latest(
      ({ city: name, origin, comfort }, signal) => api.reach(name, origin, REACH_MINUTES, comfort, signal),
      (answer) => {
        this.map.show("reach", answer.features);
        tell(find("#reach-error"), null);
      },
      (error) => {
        this.map.show("reach", []);
        tell(find("#reach-error"), error instanceof ApiError ? error.message : "The reach could not be drawn.");
      },
      () => {},
    );
    this.controls();
    this.show();
    this.ask("settled");
    this.includeAll();
  }

  private city(): City {
    const found = this.cities.find(({ name }) => name === this.state.city) ?? this.cities[0];
    if (!found) throw new ApiError("The router has no city.");
    return found;
  }

  private controls(): void {
    const chooser = find<HTMLSelectElement>("#city");
    chooser.replaceChildren(...this.cities.map(({ name }) => make("option", { value: name }, title(name))));
    chooser.addEventListener("change", () => this.visit(chooser.value));
    const slider = find<HTMLInputElement>("#comfort");
    slider.addEventListener("input", () => this.setComfort(Number(slider.value)));
    for (const layer of ["stress", "crashes", "reach"] as const) {
      const box = find<HTMLInputElement>(`#layer-${layer}`);
      box.addEventListener("change", () => {
        this.state.layers[layer] = box.checked;
        this.show();
        this.askReach();
      });
    }
    find("#legend").replaceChildren(...LTS.map((level) => make("li", {}, make("span", { class: `key lts-${level}`, "aria-hidden": "true" }), LTS_WORDS[level])));
    window.addEventListener("hashchange", () => {
      if (location.hash !== this.written) this.restore();
    });
    sheet();
  }

  /** An address that somebody else wrote: a link, or the way back. */
  private restore(): void {
    const before = this.state.city;
    this.state = fromHash(location.hash);
    this.state.city = this.city().name;
    if (this.state.city !== before) this.map.visit(this.city(), this.api.tiles(this.state.city));
    this.forget();
    this.show();
    this.ask("settled");
    this.includeAll();
  }

  private visit(name: string): void {
    this.state = { ...this.state, city: name, origin: null, destination: null, via: [], chosen: null };
    this.forget();
    this.map.visit(this.city(), this.api.tiles(name));
    this.show();
    this.askReach();
  }

  private forget(): void {
    this.routes.clear();
    this.reaches.clear();
    this.answer = null;
    this.alternatives = [];
    this.alternativesOf = "";
    this.map.show("reach", []);
    this.drawRoute();
  }

  private places(): Map<PlaceKey, Place> {
    const places = new Map<PlaceKey, Place>();
    if (this.state.origin) places.set("origin", this.state.origin);
    for (const [index, place] of this.state.via.entries()) places.set(`via[${index}]`, place);
    if (this.state.destination) places.set("destination", this.state.destination);
    return places;
  }

  private pressed(place: Place): void {
    if (!this.state.origin) this.place("origin", place, true);
    else if (!this.state.destination) this.place("destination", place, true);
    else this.tellStreet(place);
  }

  private tellStreet(place: Place): void {
    const street = this.map.streetAt(place);
    const note = find("#street");
    if (!street) return tell(note, null);
    const level = LTS_WORDS[street.lts];
    tell(note, `${street.name || plain(street.highway)}: ${level}`);
    window.clearTimeout(this.streetTimer);
    this.streetTimer = window.setTimeout(() => tell(note, null), STREET_SHOWN_MS);
  }

  private place(key: PlaceKey, at: Place, settled: boolean, include = false): void {
    const place = rounded(at);
    if (key === "origin") this.state.origin = place;
    else if (key === "destination") this.state.destination = place;
    else this.state.via[Number(key.slice(4, -1))] = place;
    this.show();
    this.ask(settled ? "settled" : "dragged");
    if (include) this.includeAll(false);
  }

  private remove(key: PlaceKey): void {
    if (key === "origin") this.state.origin = null;
    else if (key === "destination") this.state.destination = null;
    else this.state.via.splice(Number(key.slice(4, -1)), 1);
    this.show();
    this.ask("settled");
  }

  private swap(): void {
    const { origin, destination, via } = this.state;
    Object.assign(this.state, { origin: destination, destination: origin, via: [...via].reverse() });
    this.show();
    this.ask("settled");
  }

  private addStop(place: Place): void {
    if (!this.state.origin || !this.state.destination) return this.pressed(place);
    if (this.state.via.length >= VIA_MAX) return;
    this.place(`via[${this.state.via.length}]`, place, true);
  }

  private centre(): Place {
    const { lat, lng } = this.map.map.getCenter();
    return [lat, lng];
  }

  private setComfort(comfort: number): void {
    this.state.comfort = comfort;
    this.state.chosen = null;
    this.show();
    this.ask("comfort");
  }

  private choose(alternative: Alternative): void {
    this.state.comfort = alternative.comfort;
    this.state.chosen = alternative.label;
    this.show();
    this.ask("comfort");
  }

  /** Asks for the route; for the alternatives too once, when the places have settled: comfort does not change them. */
  private ask(why: "settled" | "dragged" | "comfort"): void {
    const { city, origin, destination, via, comfort } = this.state;
    this.form.accept();
    this.askReach();
    if (!origin || !destination) {
      this.routes.clear();
      this.answer = null;
      this.alternatives = [];
      this.alternativesOf = "";
      this.drawRoute();
      return;
    }
    const question = { city, origin, destination, via: [...via], comfort };
    if (why !== "comfort") this.alternativesWanted = why === "settled" && this.alternativesOf !== placesOf(question);
    this.routes.put({ ...question, alternatives: this.alternativesWanted });
  }

  private askReach(): void {
    const { city, origin, comfort, layers } = this.state;
    if (layers.reach && origin) {
      this.reaches.put({ city, origin, comfort });
      return;
    }
    this.reaches.clear();
    this.map.show("reach", []);
    tell(find("#reach-error"), layers.reach ? "Set a start first." : null);
  }

  private answered(answer: Answer, question: Question): void {
    this.answer = answer;
    const places = placesOf(question);
    if (question.alternatives) {
      this.alternatives = answer.alternatives ?? [];
      this.alternativesOf = places;
      this.alternativesWanted = false;
    } else if (this.alternativesOf !== places) {
      this.alternatives = [];
      this.alternativesOf = "";
    }
    this.form.accept();
    this.drawRoute();
  }

  private refused(error: unknown): void {
    this.answer = null;
    this.alternatives = [];
    this.alternativesOf = "";
    this.drawRoute();
    const known = error instanceof ApiError ? error : new ApiError("The router's answer could not be read.");
    if (this.form.refuse(known.field, known.message)) showRoute(null, false, "No route yet.");
    else showError(known.message, () => this.ask("settled"));
  }

  private setBusy(busy: boolean): void {
    this.busy = busy;
    find("#route").setAttribute("aria-busy", String(busy));
    if (busy && !this.answer) showRoute(null, true, "");
  }

  private drawRoute(): void {
    const { answer } = this;
    this.map.show("route", answer?.geojson.features ?? []);
    const others = this.alternatives.filter((alternative) => !answer || !same(answer, alternative));
    this.map.show("alternatives", others.map(({ geojson }) => oneLine(geojson.features)));
    showRoute(answer, this.busy, "Two places make a route.");
    showChoices(this.alternatives, answer, (alternative) => this.choose(alternative));
    this.chart.show(answer);
    const point = (at: Position | null) => this.markers.point(at);
    showSteps(answer?.steps ?? [], point, (at) => this.map.map.easeTo({ center: at, zoom: Math.max(this.map.map.getZoom(), 16), padding: this.map.padding() }));
  }

  /** Everything that is known without asking. */
  private show(): void {
    const { state } = this;
    this.form.show(state);
    this.markers.show(this.places());
    this.map.showLayers(state.layers);
    find<HTMLSelectElement>("#city").value = state.city;
    const slider = find<HTMLInputElement>("#comfort");
    slider.value = String(state.comfort);
    slider.style.setProperty("--share", String(state.comfort));
    slider.setAttribute("aria-valuetext", `${Math.round(state.comfort * 100)} percent, ${comfortWord(state.comfort)}`);
    find("#comfort-value").textContent = `${comfortWord(state.comfort)} · ${Math.round(state.comfort * 100)}`;
    for (const layer of ["stress", "crashes", "reach"] as const) find<HTMLInputElement>(`#layer-${layer}`).checked = state.layers[layer];
    const crashes = find<HTMLInputElement>("#layer-crashes");
    crashes.disabled = this.city().crashes === 0;
    crashes.parentElement?.setAttribute("title", crashes.disabled ? "No crashes are known in this city." : "");
    this.written = toHash(state);
    if (location.hash !== this.written) history.replaceState(null, "", this.written);
  }

  private includeAll(always = true): void {
    const places = [...this.places().values()];
    if (places.length > 1) this.map.include(places.map(([lat, lon]) => [lon, lat]), always);
  }
}

/** A route as one line, so that its dots run on from street to street. */
function oneLine(streets: Street[]): GeoJSON.Feature {
  const coordinates = streets.flatMap(({ geometry }) => geometry.coordinates);
  return { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } };
}

function placesOf({ city, origin, via, destination }: Omit<Question, "alternatives">): string {
  return JSON.stringify([city, origin, via, destination]);
}

async function start(): Promise<void> {
  showRoute(null, true, "");
  const error = find("#page-error");
  try {
    const api = await locate();
    const cities = await api.cities();
    if (cities.length === 0) throw new ApiError("The router has no city yet: build one with `make city`.");
    tell(error, null);
    new Page(api, cities);
  } catch (problem) {
    tell(error, problem instanceof ApiError ? problem.message : "This browser could not draw the map: it needs WebGL 2.");
    showError("There is no map without it.", () => void start());
  }
}

void start();
