// What the page knows, and how each message changes it. Nothing here touches the document.

import { type Action, type Answer, type Billed, FORMATS, type Format, type Message, RUNTIMES, type Runtime, type Speaker, type Verified, type Warmed } from "./messages";

/** As many times of 1,000 records are drawn. */
const RECENT_MAX = 60;
/** What the generator makes unless told otherwise: a bar's full length until a run has told the real one. */
const RECORDS_EXPECTED = 50_000;

export type Phase = "idle" | "queued" | "running" | "finished" | "failed" | "lost";

/** One of the four runs: a runtime with a format. */
export interface Lane {
  readonly runtime: Runtime;
  readonly format: Format;
  phase: Phase;
  run: string | null;
  memory_mb: number | null;
  records: number;
  elapsed_ms: number;
  last_1000_ms: number | null;
  recent_ms: number[];
  error: string | null;
}

/** What was measured of a run, as it becomes known: first the answer, then the bill. */
export interface Result {
  run: string;
  answer: Answer | null;
  billed: Billed | null;
}

export class State {
  readonly lanes: Lane[] = FORMATS.flatMap((format) => RUNTIMES.map((runtime) => blank(runtime, format)));
  /** By memory size, then by lane: the latest run of each. */
  readonly results = new Map<number, Map<string, Result>>();
  warmed: Warmed[] | null = null;
  verified: Verified | null = null;
  /** Under way: no other action is taken until it is done. */
  action: Action | null = null;
  /** Rows of the source, once a run has read it whole. */
  total: number | null = null;
  problem: string | null = null;
  /** Grows whenever the results or the verdict change. */
  changes = 0;
  /** For those who cannot see the bars. */
  said = "";

  get busy(): boolean {
    return this.action !== null;
  }

  get expected(): number {
    return Math.max(this.total ?? RECORDS_EXPECTED, ...this.lanes.map((lane) => lane.records));
  }

  lane(of: { runtime: Runtime; format: Format }): Lane {
    const lane = this.lanes.find((lane) => lane.runtime === of.runtime && lane.format === of.format);
    if (!lane) throw new Error(`no lane for ${of.runtime} ${of.format}`);
    return lane;
  }

  result(memory_mb: number, of: { runtime: Runtime; format: Format }): Result | null {
    return this.results.get(memory_mb)?.get(laneName(of)) ?? null;
  }

  begin(action: Action): void {
    this.action = action;
    this.problem = null;
    if (action.action === "verify") {
      this.verified = null;
      this.changes += 1;
    }
    if (action.action === "warmUp") this.warmed = null;
  }

  /** What would have been heard of this action will not be. */
  lost(problem: string): void {
    if (!this.busy) return;
    this.end();
    this.problem = problem;
  }

  hear(message: Message): void {
    switch (message.type) {
      case "queued":
        for (const run of message.runs) this.reset(run).phase = "queued";
        return;
      case "started":
        this.of(message).phase = "running";
        this.total ??= message.total_records;
        this.said = `${title(message)} has started`;
        return;
      case "progress": {
        const lane = this.of(message);
        lane.phase = "running";
        lane.records = message.records;
        lane.elapsed_ms = message.elapsed_ms;
        lane.last_1000_ms = message.last_1000_ms;
        lane.recent_ms = [...lane.recent_ms, message.last_1000_ms].slice(-RECENT_MAX);
        return;
      }
      case "finished":
        this.finished(message);
        return;
      case "failed": {
        const lane = this.of(message);
        lane.phase = "failed";
        // The loader's own words come before what its caller heard.
        lane.error ??= message.error;
        this.said = `${title(message)} has failed`;
        return;
      }
      case "billed":
        this.keep(message).billed = message;
        return;
      case "warmed":
        this.warmed = message.functions;
        this.said = "Both functions are warm";
        return;
      case "verified":
        this.verified = message;
        this.changes += 1;
        this.total = message.source.items;
        this.said = message.equal ? "Both tables are right" : "The tables differ from the source";
        return;
      case "error":
        this.problem = message.message;
        return this.end();
      case "done":
        return this.end();
    }
  }

  /** What has not finished by now will not be heard of. */
  private end(): void {
    this.action = null;
    for (const lane of this.lanes.filter(underWay)) lane.phase = "lost";
  }

  private finished(answer: Answer): void {
    // The first of several invocations: the next one goes on.
    if (!answer.complete) return;
    const lane = this.of(answer);
    lane.phase = "finished";
    lane.records = answer.written;
    lane.elapsed_ms = answer.timings.total_ms;
    lane.error = null;
    this.total = answer.records;
    this.keep(answer).answer = answer;
    this.said = `${title(answer)} has finished: ${Math.round(answer.timings.total_ms)} ms`;
  }

  /** The lane of a message; begins anew when it is of another run than the one shown. */
  private of(speaker: Speaker): Lane {
    const lane = this.lane(speaker);
    return lane.run === speaker.run ? lane : this.reset(speaker);
  }

  private reset(speaker: Speaker): Lane {
    return Object.assign(this.lane(speaker), blank(speaker.runtime, speaker.format), { run: speaker.run, memory_mb: speaker.memory_mb });
  }

  private keep(speaker: Speaker): Result {
    this.changes += 1;
    const lanes = this.results.get(speaker.memory_mb) ?? new Map<string, Result>();
    this.results.set(speaker.memory_mb, lanes);
    const known = lanes.get(laneName(speaker));
    const result = known?.run === speaker.run ? known : { run: speaker.run, answer: null, billed: null };
    lanes.set(laneName(speaker), result);
    return result;
  }
}

function blank(runtime: Runtime, format: Format): Lane {
  return { runtime, format, phase: "idle", run: null, memory_mb: null, records: 0, elapsed_ms: 0, last_1000_ms: null, recent_ms: [], error: null };
}

export function underWay(lane: Lane): boolean {
  return lane.phase === "queued" || lane.phase === "running";
}

export function laneName(of: { runtime: Runtime; format: Format }): string {
  return `${of.runtime}-${of.format}`;
}

export function title(of: { runtime: Runtime; format: Format }): string {
  return `${of.runtime === "rust" ? "Rust" : "Python"} ${of.format.toUpperCase()}`;
}
