// The runtime's side of the Lambda Runtime API 2018-06-01, over one kept-alive connection.

import http from "node:http";

import { describe, headerSafe, named } from "./errors.mjs";

const API = "/2018-06-01/runtime";
const ERROR_TYPE = "Lambda-Runtime-Function-Error-Type";
const ERROR_BODY = "Lambda-Runtime-Function-Error-Body";

export class RuntimeClient {
  #host;
  #port;
  #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  /** `address` is `host:port`, as in AWS_LAMBDA_RUNTIME_API. */
  constructor(address) {
    const colon = address.lastIndexOf(":");
    this.#host = colon < 0 ? address : address.slice(0, colon);
    this.#port = colon < 0 ? 80 : Number(address.slice(colon + 1));
  }

  /** Waits for the next invocation: `{requestId, invocationId, headers, body}`. */
  async next() {
    const { status, headers, body } = await this.#send("GET", `${API}/invocation/next`, {});
    if (status !== 200) throw named("Runtime.RuntimeApiError", `the Runtime API answered ${status} to next: ${body}`);
    return {
      requestId: headers["lambda-runtime-aws-request-id"],
      invocationId: headers["lambda-runtime-invocation-id"],
      headers,
      body,
    };
  }

  /** Answers with JSON text. */
  async postResponse(invocation, json) {
    const headers = { "Content-Type": "application/json", ...echo(invocation) };
    this.#check(await this.#send("POST", path(invocation, "response"), headers, json), "response");
  }

  async postError(invocation, error) {
    const headers = { ...errorHeaders(error), ...echo(invocation) };
    this.#check(await this.#send("POST", path(invocation, "error"), headers, JSON.stringify(describe(error))), "error");
  }

  async postInitError(error) {
    const answer = await this.#send("POST", `${API}/init/error`, errorHeaders(error), JSON.stringify(describe(error)));
    this.#check(answer, "init error");
  }

  /**
   * Opens a streamed response. `{request, acknowledged}`: write to and end the request; the promise settles when
   * the API has taken all of it.
   */
  openStream(invocation, contentType) {
    const headers = {
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      "Content-Type": contentType,
      "Transfer-Encoding": "chunked",
      Trailer: `${ERROR_TYPE}, ${ERROR_BODY}`,
      ...echo(invocation),
    };
    const { request, answered } = this.#open("POST", path(invocation, "response"), headers);
    const acknowledged = answered.then((answer) => this.#check(answer, "streamed response"));
    acknowledged.catch(() => {}); // whoever waits for it sees the error
    return { request, acknowledged };
  }

  /**
   * A refused answer (4xx: too large, too late) is the host's to report; the runtime goes on to the next event.
   * After a 5xx the API asks the runtime to exit.
   */
  #check({ status, body }, what) {
    if (status >= 500) throw named("Runtime.RuntimeApiError", `the Runtime API answered ${status} to the ${what}: ${body}`);
    if (status >= 400) console.warn(`the Runtime API refused the ${what} (${status}): ${body}`);
  }

  #send(method, path, headers, body) {
    const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
    const { request, answered } = this.#open(method, path, { ...headers, ...length });
    request.end(body);
    return answered;
  }

  #open(method, path, headers) {
    const options = { host: this.#host, port: this.#port, method, path, headers, agent: this.#agent };
    const request = http.request(options);
    const answered = new Promise((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString("utf8") });
        });
      });
    });
    return { request, answered };
  }
}

/** Trailers that report an error after part of the answer has been sent. */
export function errorTrailers(error) {
  const described = describe(error);
  return {
    [ERROR_TYPE]: headerSafe(described.errorType),
    [ERROR_BODY]: Buffer.from(JSON.stringify(described)).toString("base64"),
  };
}

function errorHeaders(error) {
  return { "Content-Type": "application/json", [ERROR_TYPE]: headerSafe(describe(error).errorType) };
}

function path(invocation, kind) {
  return `${API}/invocation/${encodeURIComponent(invocation.requestId)}/${kind}`;
}

function echo({ invocationId }) {
  return invocationId === undefined ? {} : { "Lambda-Runtime-Invocation-Id": invocationId };
}
