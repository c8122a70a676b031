// Runs one invocation: calls the handler by the convention it is written in, and posts what came of it.

import { makeContext, setTrace } from "./context.mjs";
import { named, nodeJsExit } from "./errors.mjs";
import { logError } from "./log.mjs";
import { ResponseStream } from "./stream.mjs";

export class Invoker {
  #client;
  #loaded;
  /** Called once nothing is left in the event loop: no timer, no socket that could go on with the invocation. */
  #whenIdle;

  constructor(client, loaded) {
    this.#client = client;
    this.#loaded = loaded;
    process.on("beforeExit", () => {
      const idle = this.#whenIdle;
      this.#whenIdle = undefined;
      // From the loop's next turn, since work queued in this event itself would not keep the process up.
      if (idle) setImmediate(idle);
    });
  }

  /** `ending` tells whether an uncaught error has been reported meanwhile: then nothing more is posted. */
  async run(invocation, ending) {
    setTrace(invocation, process.env);
    if (this.#loaded.streaming) return this.#runStreaming(invocation, ending);
    let answer;
    try {
      const context = makeContext(invocation, process.env);
      const event = JSON.parse(invocation.body);
      answer = toJson(await (this.#loaded.legacy ? this.#callLegacy(event, context) : this.#call(event, context)));
    } catch (error) {
      if (ending()) return;
      logError("Invoke Error", error);
      return this.#client.postError(invocation, error);
    } finally {
      this.#whenIdle = undefined;
    }
    if (!ending()) await this.#client.postResponse(invocation, answer);
  }

  #call(event, context) {
    return new Promise((resolve, reject) => {
      this.#whenIdle = () => reject(nodeJsExit());
      resolve(this.#loaded.handler(event, context));
    });
  }

  /** Up to Node.js 22: a promise, the callback, or `context.done`, `succeed` or `fail`; the first one counts. */
  #callLegacy(event, context) {
    const { handler } = this.#loaded;
    return new Promise((resolve, reject) => {
      let called = false;
      const once = (act) => (...values) => {
        if (called) return;
        called = true;
        act(...values);
      };
      context.callbackWaitsForEmptyEventLoop = true;
      context.succeed = once((value) => resolve(value));
      context.fail = once((error) => reject(error ?? "handled"));
      context.done = once((error, value) => (error == null ? resolve(value) : reject(error)));
      const callback = once((error, value) => {
        if (error != null) return reject(error);
        if (!context.callbackWaitsForEmptyEventLoop) return resolve(value);
        this.#whenIdle = () => resolve(value);
      });
      // A handler that never answers: an error for `async`, which promised to; null for the others, as on AWS.
      const isAsync = handler.constructor.name === "AsyncFunction";
      this.#whenIdle = () => (isAsync ? reject(nodeJsExit()) : resolve(null));
      const result = callSafely(() => handler(event, context, callback), callback);
      if (typeof result?.then === "function") result.then(context.succeed, context.fail);
    });
  }

  async #runStreaming(invocation, ending) {
    const stream = new ResponseStream(this.#client, invocation, this.#loaded.highWaterMark);
    try {
      const idle = new Promise((_, reject) => {
        this.#whenIdle = () => reject(stream.writableEnded ? nodeJsExit() : new Error("Response stream is not finished."));
      });
      const result = this.#loaded.handler(JSON.parse(invocation.body), stream, makeContext(invocation, process.env));
      if (typeof result?.then !== "function") throw new Error("Streaming does not support non-async handlers.");
      if ((await Promise.race([result, idle])) !== undefined) console.warn("Streaming handlers ignore return values.");
      await Promise.race([stream.delivered, idle]);
    } catch (error) {
      if (ending()) return;
      logError("Invoke Error", error);
      await stream.fail(error);
    } finally {
      this.#whenIdle = undefined;
    }
  }
}

function callSafely(call, callback) {
  try {
    return call();
  } catch (error) {
    callback(error);
    return undefined;
  }
}

function toJson(value) {
  try {
    return JSON.stringify(value === undefined ? null : value) ?? "null";
  } catch {
    throw named("Runtime.JSONStringifyError", "Unable to stringify response body");
  }
}
