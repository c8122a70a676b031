import assert from "node:assert/strict";
import test from "node:test";

import { run } from "./fake-api.mjs";

const js = (text) => ({ "index.js": `console.log("init"); exports.handler = async () => { ${text} };` });
const lines = (result) => result.stdout.trimEnd().split("\n");

test("text lines have time, request id, level and message", async () => {
  const result = await run(js("console.log('a %d', 1, { b: 2 }); console.warn('two\\nlines'); console.error('e'); console.debug('d');"), [{}]);
  const [init, ...rest] = lines(result);
  assert.match(init, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tundefined\tINFO\tinit$/);
  assert.deepEqual(rest.map((line) => line.slice(line.indexOf("\t"))), [
    "\trequest-0\tINFO\ta 1 { b: 2 }",
    "\trequest-0\tWARN\ttwo\rlines",
    "\trequest-0\tERROR\te",
    "\trequest-0\tDEBUG\td",
  ]);
});

test("JSON lines keep objects and errors, and follow the level", async () => {
  const env = { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: "INFO" };
  const result = await run(js("console.log({ a: 1 }); console.debug('hidden'); console.error('failed:', new RangeError('r')); console.info(new Error('alone'));"), [{}], { env });
  const [init, object, two, alone] = lines(result).map((line) => JSON.parse(line));
  assert.equal(init.message, "init");
  assert.deepEqual({ ...object, timestamp: 0 }, { timestamp: 0, level: "INFO", requestId: "request-0", message: { a: 1 } });
  assert.deepEqual([two.level, two.errorType, two.errorMessage], ["ERROR", "RangeError", "r"]);
  assert.ok(two.message.startsWith("failed: RangeError: r"));
  assert.deepEqual([alone.message.errorType, alone.message.errorMessage], ["Error", "alone"]);
  assert.ok(Array.isArray(alone.message.stackTrace));
  assert.equal(lines(result).length, 4);
});

test("an error that ends an invocation is one JSON record", async () => {
  const result = await run(js("throw new RangeError('r')"), [{}], { env: { AWS_LAMBDA_LOG_FORMAT: "JSON" } });
  const record = JSON.parse(lines(result)[1]);
  assert.deepEqual([record.level, record.message.errorType, record.message.errorMessage], ["ERROR", "RangeError", "r"]);
});

test("a telemetry descriptor takes framed messages with their line breaks", async () => {
  const result = await run(js("console.error('two\\nlines');"), [{}], { fd: true });
  assert.equal(result.stdout, "");
  const messages = [];
  for (let at = 0; at < result.frames.length; ) {
    const length = result.frames.readUInt32BE(at + 4);
    messages.push([result.frames.readUInt32BE(at).toString(16), result.frames.subarray(at + 16, at + 16 + length).toString().split("\t").slice(1)]);
    assert.ok(result.frames.readBigUInt64BE(at + 8) > 1_700_000_000_000_000n);
    at += 16 + length;
  }
  assert.deepEqual(messages, [
    ["a55a000f", ["undefined", "INFO", "init\n"]],
    ["a55a0017", ["request-0", "ERROR", "two\nlines\n"]],
  ]);
});
