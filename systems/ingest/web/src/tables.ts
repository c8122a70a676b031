// The tables: what was measured at the chosen memory size, what it costs, and how the size changes it. A cell that nothing was measured for says so.

import { type Architecture, DAYS_A_MONTH, EVENTS_A_DAY, GB_SECOND, MILLION_WRITES, MONTHS_A_YEAR, monthly, perRun } from "./cost";
import { make } from "./dom";
import { FORMATS, type Format, RUNTIMES, type Runtime } from "./messages";
import { type Result, type State, title } from "./state";
import { dollars, events, milliseconds, NOTHING, seconds, times, whole } from "./words";

type Cells = (string | Node)[];

function table(caption: string, head: string[], rows: Cells[]): HTMLElement {
  const header = make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)));
  const body = rows.map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row" }, first ?? ""), ...rest.map((cell) => make("td", {}, cell))));
  const whole = make("table", {}, make("caption", { class: "visually-hidden" }, caption), make("thead", {}, header), make("tbody", {}, ...body));
  // Wider than a phone: it scrolls by itself, and with the keyboard.
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, whole);
}

const shown = <T>(value: T | null | undefined, words: (value: T) => string): string => (value === null || value === undefined ? NOTHING : words(value));
const lanes = FORMATS.flatMap((format) => RUNTIMES.map((runtime) => ({ runtime, format })));

function badge(runtime: Runtime, format: Format): Node {
  return make("span", { class: `badge ${runtime}` }, title({ runtime, format }));
}

/** A time with a bar as long as its share of the longest one. */
function total(ms: number | undefined, longest_ms: number, runtime: Runtime): string | Node {
  if (ms === undefined) return NOTHING;
  const bar = make("i", { "aria-hidden": "true" });
  bar.style.setProperty("--share", String(ms / longest_ms));
  return make("span", { class: `total ${runtime}` }, bar, milliseconds(ms));
}

export function measured(home: HTMLElement, state: State, memory_mb: number): void {
  const longest_ms = Math.max(...lanes.map((lane) => state.result(memory_mb, lane)?.answer?.timings.total_ms ?? 0));
  const rows = lanes.map(({ runtime, format }): Cells => {
    const result = state.result(memory_mb, { runtime, format });
    const answer = result?.answer;
    return [
      badge(runtime, format),
      total(answer?.timings.total_ms, longest_ms, runtime),
      shown(answer?.timings.download_ms, milliseconds),
      shown(answer?.timings.parse_ms, milliseconds),
      shown(answer && answer.records > 0 ? (answer.timings.total_ms / answer.records) * 1000 : null, milliseconds),
      shown(answer?.written, whole),
      shown(answer?.rejected, whole),
      shown(result?.billed?.max_memory_mb, (mb) => `${whole(mb)} MB`),
    ];
  });
  const head = ["Test", "Total time", "S3 download", "Parse", "Avg per 1,000", "Written", "Bad rows", "Peak memory"];
  home.replaceChildren(...headlines(state, memory_mb), table(`Measured at ${memory_mb} MB`, head, rows));
}

function headlines(state: State, memory_mb: number): Node[] {
  const found = FORMATS.flatMap((format) => {
    const [rust, python] = RUNTIMES.map((runtime) => state.result(memory_mb, { runtime, format })?.answer?.timings.total_ms);
    if (!rust || !python) return [];
    const [word, ratio] = rust <= python ? ["as fast", python / rust] : ["as slow", rust / python];
    return [make("li", {}, make("strong", {}, times(ratio)), ` ${word}: Rust with ${format.toUpperCase()}, ${seconds(rust)} to ${seconds(python)}`)];
  });
  return found.length > 0 ? [make("ul", { class: "headlines" }, ...found)] : [];
}

export function costs(home: HTMLElement, state: State, memory_mb: number, architecture: Architecture): void {
  const price = GB_SECOND[architecture];
  const per = lanes.map(({ runtime, format }): Cells => {
    const billed = state.result(memory_mb, { runtime, format })?.billed;
    const sum = billed && `${billed.memory_mb / 1024} GB × ${billed.billed_ms / 1000} s × $${price}`;
    return [badge(runtime, format), shown(billed?.billed_ms, milliseconds), sum ?? NOTHING, shown(billed, (billed) => dollars(perRun(billed, architecture)))];
  });
  home.replaceChildren(
    make("h3", {}, "Per run"),
    table(`Cost per run at ${memory_mb} MB`, ["Test", "Billed", "Memory × time × price", "Cost"], per),
    make("h3", {}, "At scale"),
    ...scale(state, memory_mb, architecture),
  );
}

/** The mean over the formats that both runtimes were billed for. */
function means(state: State, memory_mb: number, architecture: Architecture): { rust: number; python: number; records: number } | null {
  const results = (runtime: Runtime) => FORMATS.map((format) => state.result(memory_mb, { runtime, format }));
  const [rust, python] = [results("rust"), results("python")];
  const complete = (result: Result | null | undefined) => result?.billed && result.answer;
  const both = FORMATS.map((_, at) => at).filter((at) => complete(rust[at]) && complete(python[at]));
  const mean = (of: (Result | null)[]) => both.reduce((sum, at) => sum + perRun(of[at]!.billed!, architecture), 0) / both.length;
  const records = both.map((at) => rust[at]!.answer!.records)[0];
  return both.length > 0 && records ? { rust: mean(rust), python: mean(python), records } : null;
}

function scale(state: State, memory_mb: number, architecture: Architecture): Node[] {
  const mean = means(state, memory_mb, architecture);
  const rows = EVENTS_A_DAY.map((count): Cells => {
    if (!mean) return [events(count), NOTHING, NOTHING, NOTHING];
    const [python, rust] = [monthly(mean.python, count, mean.records), monthly(mean.rust, count, mean.records)];
    return [events(count), dollars(python), dollars(rust), dollars((python - rust) * MONTHS_A_YEAR)];
  });
  const runs = mean ? `${whole(mean.records)} records` : "the records of a file";
  const formula = `A month is events a day ÷ ${runs} a run × ${DAYS_A_MONTH} days × cost per run, the mean of the formats measured; a year has ${MONTHS_A_YEAR} of them. `;
  const writes = `On top of both, alike: DynamoDB's writes, $${MILLION_WRITES} a million on demand, which is ${dollars(MILLION_WRITES * DAYS_A_MONTH)} a month at one million events a day.`;
  return [
    table(`Cost at scale at ${memory_mb} MB`, ["Events a day", "Python, a month", "Rust, a month", "Saved in a year"], rows),
    make("p", { class: "note" }, formula, writes),
  ];
}

export function sizes(home: HTMLElement, state: State, chosen: number): void {
  const known = [...state.results.keys()].sort((one, other) => one - other);
  const rows = known.map((memory_mb): Cells => {
    const cells = lanes.map((lane) => shown(state.result(memory_mb, lane)?.answer?.timings.total_ms, seconds));
    return [memory_mb === chosen ? make("strong", {}, `${memory_mb} MB`) : `${memory_mb} MB`, ...cells];
  });
  home.replaceChildren(table("Total time by memory size", ["Memory", ...lanes.map(title)], rows));
}
