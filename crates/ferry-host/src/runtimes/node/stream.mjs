// Response streaming: `awslambda.streamifyResponse` and the stream that such a handler writes to.

import { Writable } from "node:stream";

import { errorTrailers } from "./client.mjs";
import { named } from "./errors.mjs";

// The marks that AWS's own decorator leaves; middleware libraries copy them.
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");

const DEFAULT_CONTENT_TYPE = "application/octet-stream";
const HTTP_CONTENT_TYPE = "application/vnd.awslambda.http-integration-response";
/** Between the JSON of status and headers and the body. */
const PRELUDE_END = Buffer.alloc(8);

/** Puts the global `awslambda` in place. */
export function installStreaming() {
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = "response";
      if (options?.highWaterMark !== undefined) handler[HIGH_WATER_MARK] = Number.parseInt(options.highWaterMark, 10);
      return handler;
    },
    HttpResponseStream: {
      from(stream, metadata) {
        stream.setPrelude(HTTP_CONTENT_TYPE, Buffer.concat([Buffer.from(JSON.stringify(metadata)), PRELUDE_END]));
        return stream;
      },
    },
  };
}

export function isStreaming(handler) {
  const mark = handler[STREAMING];
  if (!mark) return false;
  if (mark !== "response") throw named("Runtime.MalformedStreamingHandler", "Only response streaming is supported.");
  return true;
}

export function highWaterMarkOf(handler) {
  const mark = Number(handler[HIGH_WATER_MARK]);
  return mark > 0 ? mark : undefined;
}

/** The answer of one invocation. The request to the Runtime API is opened by the first write. */
export class ResponseStream extends Writable {
  #client;
  #invocation;
  #contentType = DEFAULT_CONTENT_TYPE;
  #prelude;
  #opened;

  constructor(client, invocation, highWaterMark) {
    super({ highWaterMark });
    this.#client = client;
    this.#invocation = invocation;
    /** Settles when the Runtime API has taken the whole answer. */
    this.delivered = new Promise((resolve, reject) => this.once("finish", resolve).once("error", reject));
    this.delivered.catch(() => {}); // an error is also thrown to whoever waits for it
  }

  setContentType(contentType) {
    if (this.#opened) throw named("Runtime.InvalidStreamingOperation", "Cannot set content-type, too late.");
    this.#contentType = contentType;
  }

  setPrelude(contentType, bytes) {
    this.setContentType(contentType);
    this.#prelude = bytes;
  }

  /** Objects are written as JSON, as AWS's stream does. */
  write(chunk, ...rest) {
    return super.write(toBytes(chunk), ...rest);
  }

  end(chunk, ...rest) {
    return chunk == null || typeof chunk === "function" ? super.end(chunk, ...rest) : super.end(toBytes(chunk), ...rest);
  }

  /** Ends with an error: an ordinary error report before the first byte, trailers after it. */
  async fail(error) {
    if (!this.#opened) {
      this.destroy();
      return this.#client.postError(this.#invocation, error);
    }
    const { body, acknowledged } = this.#opened;
    if (!body.ended) body.end(errorTrailers(error));
    this.destroy();
    await acknowledged;
  }

  _write(chunk, _encoding, done) {
    const { body } = this.#open();
    if (this.#prelude) {
      body.write(this.#prelude);
      this.#prelude = undefined;
    }
    if (chunk.length === 0) return done();
    body.write(chunk, done);
  }

  _final(done) {
    const { body, acknowledged } = this.#open();
    body.end();
    acknowledged.then(() => done(), done);
  }

  #open() {
    if (!this.#opened) {
      this.#opened = this.#client.openStream(this.#invocation, this.#contentType);
      // The connection may break, or the API answer early, while nobody writes.
      this.#opened.acknowledged.catch((error) => this.destroy(error));
    }
    return this.#opened;
  }
}

function toBytes(chunk) {
  return typeof chunk === "string" || ArrayBuffer.isView(chunk) ? chunk : JSON.stringify(chunk);
}
