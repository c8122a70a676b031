// `console` in Lambda's log formats: tab-separated text, or JSON with AWS_LAMBDA_LOG_FORMAT=JSON.
//
// With _LAMBDA_TELEMETRY_LOG_FD the lines go to that file descriptor in frames, so that a message keeps its line
// breaks: type and length (4 bytes each), microseconds since 1970 (8 bytes), message; all big-endian.

import fs from "node:fs";
import { format } from "node:util";

import { isError, toLogJson } from "./errors.mjs";

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const FRAME_TEXT = 0xa55a0003;
const FRAME_JSON = 0xa55a0002;
const FRAME_HEADER_BYTES = 16;

let requestId; // undefined during INIT, and logged so
let json = false;

export function setRequestId(id) {
  requestId = id;
}

/** Replaces the methods of `console` by `env`'s format and level. */
export function patchConsole(env) {
  json = env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
  const write = openSink(env);
  const lowest = Math.max(0, LEVELS.indexOf(env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()));
  LEVELS.forEach((level, rank) => {
    console[level.toLowerCase()] = rank < lowest ? () => {} : (...values) => write(rank, line(level, values));
  });
  console.log = console.info;
}

/** An error that ends an invocation or the process. */
export function logError(title, error) {
  if (json) console.error(isError(error) ? error : new Error(String(error)));
  else console.error(title, `\t${toLogJson(error)}`);
}

function line(level, values) {
  const timestamp = new Date().toISOString();
  if (!json) return `${timestamp}\t${requestId}\t${level}\t${format(...values)}`;
  return jsonLine({ timestamp, level, requestId }, values);
}

function jsonLine(record, values) {
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...record, message: values[0] }, (_, value) => (isError(value) ? jsonError(value) : value));
    } catch {
      return JSON.stringify({ ...record, message: format(values[0]) });
    }
  }
  const error = values.find(isError);
  return JSON.stringify({ ...record, message: format(...values), ...(error && errorFields(error)) });
}

function jsonError(error) {
  return { ...errorFields(error), ...error };
}

function errorFields(error) {
  return { errorType: error.constructor?.name ?? "UnknownError", errorMessage: error.message, stackTrace: String(error.stack ?? "").split("\n") };
}

/** `(rank, line)`: to stdout with line breaks inside a message as `\r`, or framed. */
function openSink(env) {
  const fd = Number.parseInt(env._LAMBDA_TELEMETRY_LOG_FD, 10);
  // The descriptor is the runtime's own: child processes of the function must not write to it.
  delete env._LAMBDA_TELEMETRY_LOG_FD;
  if (Number.isNaN(fd)) return (_rank, text) => process.stdout.write(`${text.replaceAll("\n", "\r")}\n`);
  return (rank, text) => {
    const message = Buffer.from(json ? text : `${text}\n`);
    const frame = Buffer.alloc(FRAME_HEADER_BYTES + message.length);
    frame.writeUInt32BE(((json ? FRAME_JSON : FRAME_TEXT) | ((rank + 1) << 2)) >>> 0, 0);
    frame.writeUInt32BE(message.length, 4);
    frame.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8);
    message.copy(frame, FRAME_HEADER_BYTES);
    fs.writeSync(fd, frame);
  };
}
