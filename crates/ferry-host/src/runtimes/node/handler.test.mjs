import assert from "node:assert/strict";
import test from "node:test";

import { answer, run } from "./fake-api.mjs";

const NODE_24 = { AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" };

const where = (files, handler) => run(files, [{}], { handler }).then(answer);

async function initError(files, options) {
  const result = await run(files, [{}], options);
  assert.equal(result.posts.length, 1, JSON.stringify(result));
  const [post] = result.posts;
  assert.equal(post.kind, "init/error");
  assert.equal(post.path, "/2018-06-01/runtime/init/error");
  const error = JSON.parse(post.body);
  assert.equal(post.headers["lambda-runtime-function-error-type"], error.errorType);
  assert.ok(Array.isArray(error.trace));
  return { ...error, code: result.code, stdout: result.stdout };
}

test("modules are found by extension and by package.json", async () => {
  const commonJs = "exports.handler = async () => typeof require;";
  const module = "export const handler = async () => typeof require + import.meta.url.slice(-3);";
  assert.equal(await where({ "index.js": commonJs }), "function");
  assert.equal(await where({ "index.cjs": commonJs }), "function");
  assert.equal(await where({ "index.mjs": module }), "undefinedmjs");
  assert.equal(await where({ "index.js": module, "package.json": '{"type":"module"}' }), "undefined.js");
  assert.equal(await where({ "index.js": commonJs, "package.json": '{"type":"commonjs"}' }), "function");
});

test("handlers in folders, nested exports and default exports", async () => {
  const files = {
    "src/deep/app.js": "exports.api = { get: async () => 'nested' }; exports.plain = async () => 'plain';",
    "wrapped.mjs": "export default { handler: async () => 'default' };",
    "node_modules/fromnpm/index.js": "exports.handler = async () => 'package';",
  };
  assert.equal(await where(files, "src/deep/app.plain"), "plain");
  assert.equal(await where(files, "src/deep/app.api.get"), "nested");
  assert.equal(await where(files, "wrapped.handler"), "default");
  assert.equal(await where(files, "fromnpm.handler"), "package");
});

test("a missing module, its missing requirement and a missing export have AWS's error types", async () => {
  const missing = await initError({}, {});
  assert.equal(missing.errorType, "Runtime.ImportModuleError");
  assert.match(missing.errorMessage, /^Error: Cannot find module 'index'\nRequire stack:\n- .*index\.mjs$/);
  assert.equal(missing.code, 129);
  assert.match(missing.stdout, /\tundefined\tERROR\tUncaught Exception \t\{"errorType":"Runtime.ImportModuleError"/);

  const requirement = await initError({ "index.js": "require('nothing-here')" });
  assert.equal(requirement.errorType, "Runtime.ImportModuleError");
  assert.match(requirement.errorMessage, /^Error: Cannot find module 'nothing-here'/);

  const undefinedExport = await initError({ "index.js": "exports.other = 1" });
  assert.equal(undefinedExport.errorType, "Runtime.HandlerNotFound");
  assert.equal(undefinedExport.errorMessage, "index.handler is undefined or not exported");
  const notFunction = await initError({ "index.js": "exports.handler = 1" });
  assert.equal(notFunction.errorMessage, "index.handler is not a function");
});

test("malformed handler names", async () => {
  const noDot = await initError({}, { handler: "index" });
  assert.deepEqual([noDot.errorType, noDot.errorMessage], ["Runtime.MalformedHandlerName", "Bad handler"]);
  const upward = await initError({}, { handler: "../index.handler" });
  assert.equal(upward.errorType, "Runtime.MalformedHandlerName");
  assert.match(upward.errorMessage, /^'\.\.\/index\.handler' is not a valid handler name\./);
});

test("a syntax error keeps its place in the code", async () => {
  const error = await initError({ "index.js": "exports.handler = async () => { return 1 +; };" });
  assert.equal(error.errorType, "Runtime.UserCodeSyntaxError");
  assert.equal(error.errorMessage, "SyntaxError: Unexpected token ';'");
  assert.match(error.trace[0], /index\.js:1$/);
});

test("whatever the module throws while it loads is reported as it is", async () => {
  const error = await initError({ "index.js": "class ConfigError extends Error { name = 'ConfigError' }; throw new ConfigError('no table')" });
  assert.deepEqual([error.errorType, error.errorMessage], ["ConfigError", "no table"]);
  const rejected = await initError({ "index.js": "Promise.reject(new Error('late')); exports.handler = async () => 1;" });
  assert.equal(rejected.errorType, "Runtime.UnhandledPromiseRejection");
  assert.equal(rejected.errorMessage, "Error: late");
  assert.equal(rejected.code, 128);
  const text = await initError({ "index.js": "throw 'only text'" });
  assert.deepEqual([text.errorType, text.errorMessage], ["string", "only text"]);
});

test("Node.js 24 refuses callback handlers, and only those", async () => {
  const callback = { "index.js": "exports.handler = (event, context, callback) => callback(null, 1);" };
  const error = await initError(callback, { env: NODE_24 });
  assert.equal(error.errorType, "Runtime.CallbackHandlerDeprecated");
  assert.match(error.errorMessage, /^ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node\.js 24\./);
  assert.equal(await run(callback, [{}]).then(answer), 1);
  const plain = { "index.js": "exports.handler = (event, context) => 'returned ' + ('done' in context);" };
  assert.equal(await run(plain, [{}], { env: NODE_24 }).then(answer), "returned false");
});
