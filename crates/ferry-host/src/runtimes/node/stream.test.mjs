import assert from "node:assert/strict";
import test from "node:test";

import { run } from "./fake-api.mjs";

const stream = (body, options = "") => ({
  "index.mjs": `import { pipeline } from "node:stream/promises"; import { Readable } from "node:stream";
    export const handler = awslambda.streamifyResponse(async (event, stream, context) => { ${body} } ${options});`,
});

async function only(files) {
  const result = await run(files, [{ a: 1 }]);
  assert.equal(result.posts.length, 1, JSON.stringify(result));
  return { ...result.posts[0], stdout: result.stdout };
}

test("chunks are streamed with the streaming headers", async () => {
  const post = await only(stream("stream.setContentType('text/plain'); stream.write('one '); stream.write(Buffer.from('two ')); stream.write({ three: 3 }); stream.end(context.awsRequestId);"));
  assert.equal(post.kind, "response");
  assert.equal(post.body, 'one two {"three":3}request-0');
  assert.equal(post.headers["lambda-runtime-function-response-mode"], "streaming");
  assert.equal(post.headers["transfer-encoding"], "chunked");
  assert.equal(post.headers["content-type"], "text/plain");
  assert.equal(post.headers.trailer, "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body");
  assert.deepEqual({ ...post.trailers }, {});
});

test("pipelines of more than any buffer arrive whole", async () => {
  const post = await only(stream("await pipeline(Readable.from((function* () { for (let i = 0; i < 200; i++) yield 'x'.repeat(10000); })()), stream);", ", { highWaterMark: 4096 }"));
  assert.equal(post.body.length, 2_000_000);
  assert.equal(post.headers["content-type"], "application/octet-stream");
});

test("a pipeline that the handler does not wait for is delivered all the same", async () => {
  const post = await only(stream("Readable.from((async function* () { yield 'a'; await new Promise((r) => setTimeout(r, 20)); yield 'b'; })()).pipe(stream);"));
  assert.equal(post.body, "ab");
});

test("HttpResponseStream puts status and headers before eight zero bytes", async () => {
  const post = await only(stream("stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: 'b' } }); stream.write('body'); stream.end();"));
  assert.equal(post.headers["content-type"], "application/vnd.awslambda.http-integration-response");
  assert.equal(post.body, `{"statusCode":201,"headers":{"a":"b"}}${"\0".repeat(8)}body`);
});

test("an empty body still has its prelude after an empty write", async () => {
  const post = await only(stream("stream = awslambda.HttpResponseStream.from(stream, { statusCode: 204 }); stream.write(''); stream.end();"));
  assert.equal(post.body, `{"statusCode":204}${"\0".repeat(8)}`);
});

test("an error before the first byte is an ordinary error", async () => {
  const post = await only(stream("throw new RangeError('early');"));
  assert.equal(post.kind, "error");
  assert.equal(JSON.parse(post.body).errorType, "RangeError");
});

test("an error after the first byte comes in trailers", async () => {
  const post = await only(stream("stream.write('part'); await new Promise((r) => setTimeout(r, 10)); throw new RangeError('midstream');"));
  assert.equal(post.kind, "response");
  assert.equal(post.body, "part");
  assert.equal(post.trailers["lambda-runtime-function-error-type"], "RangeError");
  const error = JSON.parse(Buffer.from(post.trailers["lambda-runtime-function-error-body"], "base64").toString());
  assert.deepEqual([error.errorType, error.errorMessage], ["RangeError", "midstream"]);
  assert.match(post.stdout, /\tERROR\tInvoke Error \t/);
});

test("a stream that is never written to, a late content type, a synchronous handler", async () => {
  const silent = await only(stream(""));
  assert.equal(JSON.parse(silent.body).errorMessage, "Response stream is not finished.");
  const late = await only(stream("stream.write('x'); stream.setContentType('text/html');"));
  assert.equal(late.trailers["lambda-runtime-function-error-type"], "Runtime.InvalidStreamingOperation");
  const sync = await only({ "index.js": "exports.handler = awslambda.streamifyResponse((event, stream) => 1);" });
  assert.equal(JSON.parse(sync.body).errorMessage, "Streaming does not support non-async handlers.");
});

test("the process serves the next event after a stream and after its error", async () => {
  const result = await run(stream("stream.write('p'); if (event === 'bad') throw new Error('no'); stream.end(event);"), ["bad", "good"]);
  assert.deepEqual(result.posts.map((post) => post.body), ["p", "pgood"]);
  assert.deepEqual(result.posts.map((post) => post.headers["lambda-runtime-function-response-mode"]), ["streaming", "streaming"]);
});

test("a stream that is refused before its end does not spoil the next answer", async () => {
  const slow = stream("for (let i = 0; i < 5; i++) { stream.write('x'.repeat(1000)); await new Promise((r) => setTimeout(r, 10)); } stream.end();");
  const result = await run(slow, ["a", "b"], { refuse: { 0: 410 }, early: true });
  assert.deepEqual(result.posts.map((post) => [post.kind, post.body.length]), [["refused", 0], ["response", 5000]]);
  assert.match(result.stdout, /\tWARN\tthe Runtime API refused the streamed response \(410\)/);
});

test("an uncaught error amid a stream is reported beside it", async () => {
  const result = await run(stream("stream.write('part'); setTimeout(() => { throw new TypeError('uncaught') }, 10); await new Promise((r) => setTimeout(r, 500));"), [{}]);
  assert.deepEqual(result.posts.map((post) => [post.kind, JSON.parse(post.body).errorType]), [["error", "TypeError"]]);
  assert.equal(result.code, 129);
});
