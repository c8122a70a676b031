// What a run costs, by the published formula: memory in GB x billed seconds x price. Prices of us-east-1.

import type { Billed } from "./messages";

export const ARCHITECTURES = ["x86_64", "arm64"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** Dollars for a GB-second. */
export const GB_SECOND: Record<Architecture, number> = { x86_64: 0.0000166667, arm64: 0.0000133334 };
/** Dollars for a million writes of up to 1 KB to an on-demand table: what both runtimes cause alike. */
export const MILLION_WRITES = 0.625;
export const EVENTS_A_DAY = [1_000_000, 100_000_000, 1_000_000_000] as const;
export const DAYS_A_MONTH = 30;
export const MONTHS_A_YEAR = 12;

export function perRun(billed: Billed, architecture: Architecture): number {
  return (billed.memory_mb / 1024) * (billed.billed_ms / 1000) * GB_SECOND[architecture];
}

/** An event is a record, and a run takes as many as the file has: so many events a day are so many runs. */
export function monthly(perRun: number, eventsADay: number, recordsARun: number): number {
  return (eventsADay / recordsARun) * DAYS_A_MONTH * perRun;
}
