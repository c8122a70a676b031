// Finds and loads the function named by `Handler`, by AWS's rules: `folder/file.export.nested`.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { named } from "./errors.mjs";
import { highWaterMarkOf, isStreaming } from "./stream.mjs";

// As if required from the entry, so that "Require stack" in messages reads as on AWS.
const require = createRequire(new URL("./index.mjs", import.meta.url));

/** First runtime without callback handlers. */
const CALLBACKS_REMOVED_IN = 24;

/** `{handler, streaming, highWaterMark, legacy}`: `legacy` runtimes still know callbacks and `context.done`. */
export async function loadHandler(taskRoot, handlerName) {
  const { folder, file, exported } = parse(handlerName);
  const handler = pick(await loadModule(taskRoot, folder, file), exported);
  if (!handler) throw named("Runtime.HandlerNotFound", `${handlerName} is undefined or not exported`);
  if (typeof handler !== "function") throw named("Runtime.HandlerNotFound", `${handlerName} is not a function`);
  const streaming = isStreaming(handler);
  const legacy = runtimeMajor() < CALLBACKS_REMOVED_IN;
  if (!legacy && !streaming && handler.length >= 3) throw named("Runtime.CallbackHandlerDeprecated", CALLBACKS_REMOVED);
  return { handler, streaming, highWaterMark: highWaterMarkOf(handler), legacy };
}

const CALLBACKS_REMOVED =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify " +
  "this function to use a supported handler signature to use Node.js 24 or later. For more information see " +
  "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

/** The runtime that the template asks for, which decides the conventions: `AWS_Lambda_nodejs22.x`. */
function runtimeMajor() {
  const asked = /nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? "");
  return Number(asked?.[1] ?? process.versions.node.split(".")[0]);
}

function parse(handlerName) {
  if (handlerName.includes("..")) {
    throw named(
      "Runtime.MalformedHandlerName",
      `'${handlerName}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(handlerName);
  const dot = base.indexOf(".");
  if (dot < 0) throw named("Runtime.MalformedHandlerName", "Bad handler");
  return { folder: handlerName.slice(0, handlerName.lastIndexOf(base)), file: base.slice(0, dot), exported: base.slice(dot + 1) };
}

async function loadModule(taskRoot, folder, file) {
  const base = path.resolve(taskRoot, folder, file);
  try {
    if (isFile(base)) return require(base);
    if (isFile(`${base}.js`)) return isModule(base) ? await importFile(`${base}.js`) : require(`${base}.js`);
    if (isFile(`${base}.mjs`)) return await importFile(`${base}.mjs`);
    if (isFile(`${base}.cjs`)) return require(`${base}.cjs`);
    // A package, in the function's own node_modules or in a layer's (NODE_PATH).
    return require(require.resolve(file, { paths: [taskRoot, path.join(taskRoot, folder)] }));
  } catch (error) {
    if (error instanceof SyntaxError) {
      const wrapped = named("Runtime.UserCodeSyntaxError", String(error));
      wrapped.stack = error.stack; // holds the line and a mark under the place
      throw wrapped;
    }
    if (error?.code === "MODULE_NOT_FOUND") throw named("Runtime.ImportModuleError", String(error));
    throw error;
  }
}

function importFile(file) {
  return import(pathToFileURL(file));
}

/** Whether a `.js` beside this path is an ES module: the nearest package.json says so. */
function isModule(base) {
  for (let folder = path.dirname(base); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (isFile(manifest)) return JSON.parse(fs.readFileSync(manifest, "utf8")).type === "module";
    if (folder === path.dirname(folder) || path.basename(folder) === "node_modules") return false;
  }
}

function isFile(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** `a.b` of the module, or else of its default export (CommonJS seen from `import`). */
function pick(module, exported) {
  const walk = (from) => exported.split(".").reduce((value, key) => value?.[key], from);
  return walk(module) ?? walk(module?.default);
}
