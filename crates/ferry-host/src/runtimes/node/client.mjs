// The runtime's side of the Lambda Runtime API 2018-06-01, over one kept-alive connection.

import { describe, headerSafe, named } from "./errors.mjs";
import { Connection } from "./http1.mjs";

const API = "/2018-06-01/runtime";
const ERROR_TYPE = "Lambda-Runtime-Function-Error-Type";
const ERROR_BODY = "Lambda-Runtime-Function-Error-Body";

export class RuntimeClient {
  #connection;

  /** `address` is `host:port`, as in AWS_LAMBDA_RUNTIME_API. */
  constructor(address) {
    const colon = address.lastIndexOf(":");
    this.#connection = new Connection(address.slice(0, colon), Number(address.slice(colon + 1)));
  }

  /** Waits for the next invocation: `{requestId, invocationId, headers, body}`. */
  async next() {
    const { status, headers, body } = await this.#connection.request("GET", `${API}/invocation/next`, {});
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
    this.#check(await this.#connection.request("POST", invocationPath(invocation, "response"), headers, json), "response");
  }

  async postError(invocation, error) {
    const headers = { ...errorHeaders(error), ...echo(invocation) };
    this.#check(await this.#connection.request("POST", invocationPath(invocation, "error"), headers, JSON.stringify(describe(error))), "error");
  }

  async postInitError(error) {
    const answer = await this.#connection.request("POST", `${API}/init/error`, errorHeaders(error), JSON.stringify(describe(error)));
    this.#check(answer, "init error");
  }

  /**
   * Opens a streamed response. `{body, acknowledged}`: chunks go to the body; the promise settles when the API has
   * taken all of it.
   */
  openStream(invocation, contentType) {
    const headers = {
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      "Content-Type": contentType,
      Trailer: `${ERROR_TYPE}, ${ERROR_BODY}`,
      ...echo(invocation),
    };
    const { body, answered } = this.#connection.openStream("POST", invocationPath(invocation, "response"), headers);
    const acknowledged = answered.then((answer) => this.#check(answer, "streamed response"));
    acknowledged.catch(() => {}); // whoever waits for it sees the error
    return { body, acknowledged };
  }

  /**
   * A refused answer (4xx: too large, too late) is the host's to report; the runtime goes on to the next event.
   * After a 5xx the API asks the runtime to exit.
   */
  #check({ status, body }, what) {
    if (status >= 500) throw named("Runtime.RuntimeApiError", `the Runtime API answered ${status} to the ${what}: ${body}`);
    if (status >= 400) console.warn(`the Runtime API refused the ${what} (${status}): ${body}`);
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

function invocationPath(invocation, kind) {
  return `${API}/invocation/${encodeURIComponent(invocation.requestId)}/${kind}`;
}

function echo({ invocationId }) {
  return invocationId === undefined ? {} : { "Lambda-Runtime-Invocation-Id": invocationId };
}
