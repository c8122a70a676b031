// What the page says over the WebSocket, and what it hears.

export const RUNTIMES = ["rust", "python"] as const;
export const FORMATS = ["csv", "json"] as const;
export type Runtime = (typeof RUNTIMES)[number];
export type Format = (typeof FORMATS)[number];

export type Action =
  | { action: "warmUp"; memory_mb: number }
  | { action: "runOne"; runtime: Runtime; format: Format; memory_mb: number }
  | { action: "runAll"; memory_mb: number }
  | { action: "verify"; format: Format };

/** Whose message it is. */
export interface Speaker {
  run: string;
  runtime: Runtime;
  format: Format;
  memory_mb: number;
}

export interface Answer extends Speaker {
  records: number;
  written: number;
  rejected: number;
  duplicates: number;
  dead_letters: { bucket: string; key: string } | null;
  complete: boolean;
  timings: { total_ms: number; download_ms: number; parse_ms: number; write_ms: number };
  calls: { batch_write: number; unprocessed_items: number; throttled: number; retries: number };
}

export interface Billed extends Speaker {
  billed_ms: number;
  duration_ms: number;
  init_ms: number | null;
  max_memory_mb: number;
}

export interface Warmed {
  function: string;
  memory_mb: number;
  init_ms: number | null;
  duration_ms: number | null;
}

export interface Difference {
  key: string;
  field: string;
  left: string | null;
  right: string | null;
  between: [string, string];
}

export interface Verified {
  equal: boolean;
  tables: { name: string; items: number; hash: string; differing_items: number }[];
  source: { key: string; items: number; hash: string };
  differences: Difference[];
  timings: { total_ms: number };
}

export type Message =
  | { type: "queued"; runs: Speaker[] }
  | ({ type: "started"; total_records: number | null } & Speaker)
  | ({ type: "progress"; records: number; elapsed_ms: number; last_1000_ms: number } & Speaker)
  | ({ type: "finished" } & Answer)
  | ({ type: "failed"; error: string } & Speaker)
  | ({ type: "billed" } & Billed)
  | { type: "warmed"; functions: Warmed[] }
  | ({ type: "verified" } & Verified)
  | { type: "done" }
  | { type: "error"; message: string };

const TYPES = new Set(["queued", "started", "progress", "finished", "failed", "billed", "warmed", "verified", "done", "error"]);

/** Null for what is no message at all. */
export function parse(text: string): Message | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  if ("type" in value && TYPES.has(String(value.type))) return value as Message;
  // API Gateway's own, where a route's function has failed: {"message": "Internal server error", "connectionId": …}.
  return !("type" in value) && "message" in value ? { type: "error", message: `API Gateway: ${String(value.message)}` } : null;
}
