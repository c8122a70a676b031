// The services alone on a free port, and how their refusals are told: as the SDK's user sees them.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../target/release/examples/local-aws", import.meta.url));

export const CREDENTIALS = { accessKeyId: "AKIALOCAL", secretAccessKey: "a/secret+of=tests" };
export const REGION = "us-east-1";

export class Services {
  /** Starts the services; with `secret` they take only what is signed with CREDENTIALS. */
  static async start({ secret = false } = {}) {
    if (!existsSync(PROGRAM)) {
      throw new Error(`${PROGRAM} is not there: \`make build\`, then \`cargo build --release -p ferry-services --example local-aws\``);
    }
    const options = ["0", "", ...(secret ? [CREDENTIALS.accessKeyId, CREDENTIALS.secretAccessKey] : [])];
    // It ends with its standard input: also when this process dies.
    const child = spawn(PROGRAM, options, { stdio: ["pipe", "pipe", "inherit"] });
    const { value: url } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
    assert.match(String(url), /^http:\/\/127\.0\.0\.1:\d+$/, "local-aws prints its URL first");
    return new Services(child, url);
  }

  constructor(child, url) {
    this.child = child;
    this.url = url;
  }

  /** What every client is made with. A call is made once: what the service says first is what a test sees. */
  settings(changes = {}) {
    return { endpoint: this.url, region: REGION, credentials: CREDENTIALS, maxAttempts: 1, ...changes };
  }

  async physics(document) {
    const answer = await fetch(`${this.url}/_ferry/physics`, { method: "PUT", body: JSON.stringify(document) });
    assert.ok(answer.ok, await answer.text());
    // The numbers by which faults choose their calls start again.
    assert.ok((await fetch(`${this.url}/_ferry/reset-counters`, { method: "POST" })).ok);
  }

  /** The row of one operation in the services' own count. */
  async counted(service, operation) {
    const { operations } = await (await fetch(`${this.url}/_ferry/services`)).json();
    return operations.find((row) => row.service === service && row.operation === operation);
  }

  async stop() {
    const ended = once(this.child, "exit");
    this.child.stdin.end();
    assert.deepEqual(await ended, [0, null], "local-aws ends cleanly");
  }
}

/** The call is refused with this error name, HTTP status and message (a whole text, or a pattern); gives the error. */
export async function refused(call, name, status, message) {
  const error = await call.then(
    (answer) => assert.fail(`not refused: ${JSON.stringify(answer)}`),
    (error) => error,
  );
  assert.deepEqual([error.name, error.$metadata?.httpStatusCode], [name, status], `${error.stack}`);
  if (message instanceof RegExp) assert.match(error.message, message);
  else if (message !== undefined) assert.equal(error.message, message);
  return error;
}

/** Every page of a paginator. */
export async function pages(paginator) {
  const found = [];
  for await (const page of paginator) found.push(page);
  return found;
}
