// The router's HTTP API: what it is asked, what it answers, and how it refuses.

/** `[lat, lon]`, as requests have it. */
export type Place = [number, number];
/** `[lon, lat]`, as answers and GeoJSON have it. */
export type Position = [number, number];
export type Lts = 1 | 2 | 3 | 4;

export interface City {
  name: string;
  /** west, south, east, north */
  bounds: [number, number, number, number];
  crashes: number;
  elevation: boolean;
  attribution: string;
}

export interface StreetProperties {
  length_m: number;
  stress_cost: number;
  name: string | null;
  highway: string;
  infra_type: string;
  lts: Lts;
  cost_components: { effort: number; physical: number; crash: number; intersection: number };
}

export type Street = GeoJSON.Feature<GeoJSON.LineString, StreetProperties>;

export interface Step {
  instruction: string;
  maneuver: string;
  name: string | null;
  length_m: number;
  duration_s: number;
  point: Position;
  /** The worst of it; 0 on arrival. */
  lts: Lts | 0;
}

export interface Route {
  total_cost: number;
  total_length_m: number;
  comfort: number;
  duration_s: number;
  climb_m: number;
  descent_m: number;
  /** `mean`: what stress makes of the effort, in percent; 100 on calm paths alone. */
  stress: { mean: number; lts_m: Record<"1" | "2" | "3" | "4", number> };
  geojson: GeoJSON.FeatureCollection<GeoJSON.LineString, StreetProperties>;
  steps?: Step[];
  /** Elevation is above the start. */
  profile?: { distance_m: number[]; elevation_m: number[] | null; stress: number[]; lts: Lts[] };
}

export type Label = "direct" | "safer" | "safest";
export type Alternative = Route & { label: Label };
export type Answer = Route & { city: string; alternatives?: Alternative[] };

export interface Question {
  city: string;
  origin: Place;
  destination: Place;
  via: Place[];
  comfort: number;
  /** Ask for the alternatives, too: they depend on the places, not on the comfort. */
  alternatives: boolean;
}

/** A refusal in the API's own words, or the reason why there is no answer at all. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** The field of the request that is at fault, such as `origin` or `via[1]`. */
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

export class Api {
  /** `base` is what paths are appended to; empty means the page's own origin. */
  constructor(readonly base: string) {}

  async cities(): Promise<City[]> {
    return ((await this.ask("/cities")) as { cities: City[] }).cities;
  }

  async route(question: Question, signal: AbortSignal): Promise<Answer> {
    const { via, alternatives, ...rest } = question;
    const body = { ...rest, via, alternatives, format: "geojson", steps: true, profile: true };
    return (await this.ask("/route", body, signal)) as Answer;
  }

  async reach(city: string, origin: Place, minutes: number[], comfort: number, signal: AbortSignal) {
    return (await this.ask("/isochrone", { city, origin, minutes, comfort }, signal)) as GeoJSON.FeatureCollection;
  }

  tiles(city: string): string {
    const base = this.base || location.origin;
    return `${base}/tiles/${encodeURIComponent(city)}/{z}/{x}/{y}.mvt`;
  }

  private async ask(path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    const init: RequestInit = { signal: signal ?? null };
    if (body !== undefined) {
      Object.assign(init, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    }
    let reply: Response;
    try {
      reply = await fetch(this.base + path, init);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError(`The router cannot be reached${this.base ? ` at ${this.base}` : ""}.`);
    }
    const answer: unknown = await reply.json().catch(() => null);
    if (reply.ok && answer !== null) return answer;
    throw refusal(reply.status, answer);
  }
}

function refusal(status: number, answer: unknown): ApiError {
  const said = (answer ?? {}) as { message?: unknown; field?: unknown; error?: unknown };
  const field = typeof said.field === "string" ? said.field : null;
  if (said.error === "no_street_nearby") return new ApiError("No street of this city is near this place.", field);
  if (said.error === "no_route") return new ApiError("No way by bike leads from one place to the other.", null);
  if (status === 401 || status === 403) return new ApiError("The router asks for an API key, which this page does not have.");
  if (status === 429 || status === 503) return new ApiError("The router is busy. Try again in a moment.");
  const message = typeof said.message === "string" ? said.message : `The router answered with status ${status}.`;
  return new ApiError(message.charAt(0).toUpperCase() + message.slice(1), field);
}

/**
 * Where the API is: `ferry.json` beside the page says it (`ferry up` makes one, a bucket may hold a written one);
 * without it the API is where the page comes from.
 */
export async function locate(): Promise<Api> {
  try {
    const reply = await fetch("ferry.json");
    const told = reply.ok ? ((await reply.json()) as { apis?: Record<string, string> }) : {};
    return new Api((told.apis?.["RouterApi"] ?? "").replace(/\/+$/, ""));
  } catch {
    return new Api("");
  }
}
