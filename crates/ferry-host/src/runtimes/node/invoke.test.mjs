import assert from "node:assert/strict";
import test from "node:test";

import { answer, run } from "./fake-api.mjs";

const js = (text) => ({ "index.js": text });
const answered = (text, options) => run(js(text), [{ n: 7 }], options).then(answer);

async function failure(text, options) {
  const result = await run(js(text), [{}], options);
  assert.equal(result.posts.length, 1, JSON.stringify(result));
  const [post] = result.posts;
  assert.equal(post.kind, "error");
  const error = JSON.parse(post.body);
  return { ...error, post, code: result.code, stdout: result.stdout };
}

test("async, callback and context answers", async () => {
  assert.equal(await answered("exports.handler = async (event) => event.n + 1;"), 8);
  assert.equal(await answered("exports.handler = (event) => Promise.resolve(event.n);"), 7);
  assert.equal(await answered("exports.handler = (event, context, callback) => setTimeout(() => callback(null, event.n), 5);"), 7);
  assert.equal(await answered("exports.handler = (event, context) => context.succeed(event.n);"), 7);
  assert.equal(await answered("exports.handler = (event, context) => context.done(null, event.n);"), 7);
  assert.equal(await answered("exports.handler = async () => undefined;"), null);
});

test("a synchronous return value is ignored up to Node.js 22 and is the answer from 24 on", async () => {
  assert.equal(await answered("exports.handler = () => 5;"), null);
  assert.equal(await answered("exports.handler = () => 5;", { env: { AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" } }), 5);
});

test("a callback waits for the event loop unless told otherwise", async () => {
  const handler = (wait) => `
    let log = [];
    exports.handler = (event, context, callback) => {
      context.callbackWaitsForEmptyEventLoop = ${wait};
      callback(null, log);
      setTimeout(() => log.push("later"), 30);
    };`;
  assert.deepEqual(await answered(handler(true)), ["later"]);
  assert.deepEqual(await answered(handler(false)), []);
});

test("only the first answer counts", async () => {
  const result = await run(js("exports.handler = (e, context, callback) => { context.succeed(1); callback(new Error('late')); context.fail('later'); };"), [{}, {}]);
  assert.deepEqual(result.posts.map((post) => [post.kind, post.body]), [["response", "1"], ["response", "1"]]);
});

test("invocations run one after another in one process", async () => {
  const result = await run(js("let calls = 0; exports.handler = async (event) => [++calls, event, process.env._X_AMZN_TRACE_ID];"), ["a", "b"]);
  assert.deepEqual(result.posts.map((post) => JSON.parse(post.body)), [[1, "a", "Root=1-0-0"], [2, "b", "Root=1-0-1"]]);
  assert.deepEqual(result.posts.map((post) => post.path), ["request-0", "request-1"].map((id) => `/2018-06-01/runtime/invocation/${id}/response`));
});

test("errors carry type, message and trace, and are logged", async () => {
  const error = await failure("class TypeOfMine extends Error { name = 'TypeOfMine' }; exports.handler = async () => { throw new TypeOfMine('no'); };");
  assert.deepEqual([error.errorType, error.errorMessage], ["TypeOfMine", "no"]);
  assert.match(error.trace[0], /: no$/);
  assert.equal(error.post.headers["lambda-runtime-function-error-type"], "TypeOfMine");
  assert.match(error.stdout, /^\S+Z\trequest-0\tERROR\tInvoke Error \t\{"errorType":"TypeOfMine","errorMessage":"no",.*"stack":\["\w+: no",/);
  const called = await failure("exports.handler = (e, c, callback) => callback('only text');");
  assert.deepEqual([called.errorType, called.errorMessage, called.trace], ["string", "only text", []]);
  assert.equal((await failure("exports.handler = (e, c) => { throw new RangeError('sync'); };")).errorType, "RangeError");
  assert.equal((await failure("exports.handler = (e, c) => c.fail();")).errorMessage, "handled");
  const odd = await failure("exports.handler = async () => { const e = new Error('x'); e.name = 'Ünïcode\\n'; throw e; };");
  assert.equal(odd.post.headers["lambda-runtime-function-error-type"], "?n?code?");
});

test("answers that are not JSON", async () => {
  const cyclic = await failure("exports.handler = async () => { const a = {}; a.a = a; return a; };");
  assert.deepEqual([cyclic.errorType, cyclic.errorMessage], ["Runtime.JSONStringifyError", "Unable to stringify response body"]);
  assert.equal(await answered("exports.handler = async () => () => 1;"), null);
});

test("a promise that can never settle is an error for async handlers and null for others", async () => {
  const error = await failure("exports.handler = async () => new Promise(() => {});");
  assert.equal(error.errorType, "Runtime.NodeJsExit");
  assert.equal(await answered("exports.handler = (event, context, callback) => {};"), null);
});

test("uncaught errors are reported for the invocation, then the process ends", async () => {
  const thrown = await failure("exports.handler = async () => { setTimeout(() => { throw new TypeError('timer') }, 1); await new Promise((r) => setTimeout(r, 500)); };");
  assert.deepEqual([thrown.errorType, thrown.code, thrown.post.path.includes("request-0")], ["TypeError", 129, true]);
  assert.match(thrown.stdout, /\tERROR\tUncaught Exception \t/);
  const rejected = await failure("exports.handler = async () => { Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 500)); };");
  assert.deepEqual([rejected.errorType, rejected.errorMessage, rejected.code], ["Runtime.UnhandledPromiseRejection", "Error: lost", 128]);
});

test("context holds what is documented", async () => {
  const headers = {
    "Lambda-Runtime-Client-Context": '{"custom":{"a":1}}',
    "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"id"}',
    "Lambda-Runtime-Invocation-Id": "inv-1",
  };
  const result = await run(js(`exports.handler = async (event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() });`), [{}], { headers });
  const { remaining, ...context } = answer(result);
  assert.ok(remaining > 0 && remaining <= 3000, remaining);
  assert.deepEqual(context, {
    awsRequestId: "request-0",
    callbackWaitsForEmptyEventLoop: true,
    clientContext: { custom: { a: 1 } },
    functionName: "hello",
    functionVersion: "$LATEST",
    identity: { cognitoIdentityId: "id" },
    invokedFunctionArn: "arn:aws:lambda:eu-north-1:123456789012:function:hello",
    logGroupName: "/aws/lambda/hello",
    logStreamName: "2026/01/01/[$LATEST]abc",
    memoryLimitInMB: "128",
  });
  assert.equal(result.posts[0].headers["lambda-runtime-invocation-id"], "inv-1");
});

test("a refused answer is logged and the next event is served; after a server error the process ends", async () => {
  const echo = js("exports.handler = async (event) => event;");
  const late = await run(echo, ["a", "b"], { refuse: { 0: 410 } });
  assert.deepEqual(late.posts.map((post) => post.body), ['"a"', '"b"']);
  assert.match(late.stdout, /\tWARN\tthe Runtime API refused the response \(410\)/);
  const broken = await run(echo, ["a", "b"], { refuse: { 0: 500 } });
  assert.equal(broken.code, 129);
});

test("events arrive whole, in one piece or in chunks, from bytes to megabytes", async () => {
  const echo = js("exports.handler = async (event) => event;");
  const large = "ä€😀".repeat(400_000);
  const result = await run(echo, [large, "", { deep: [large] }]);
  assert.deepEqual(result.posts.map((post) => JSON.parse(post.body)), [large, "", { deep: [large] }]);
  const chunked = await run(echo, ["chunk by chunk", "ä€😀"], { chunked: true });
  assert.deepEqual(chunked.posts.map((post) => JSON.parse(post.body)), ["chunk by chunk", "ä€😀"]);
});

test("what a left-over timer throws is the error of the next invocation", async () => {
  const result = await run(js("exports.handler = async (event) => { setTimeout(() => { throw new TypeError('late') }, 20); return event; };"), ["a", "b"], { pauseMs: 300 });
  assert.deepEqual(result.posts.map((post) => [post.path.split("/").at(-2), post.kind]), [["request-0", "response"], ["request-1", "error"]]);
  assert.equal(JSON.parse(result.posts[1].body).errorType, "TypeError");
  assert.equal(result.code, 129);
});
