// Entry of the Node.js runtime: loads the handler once, then asks the Runtime API for one invocation after another.

import { RuntimeClient } from "./client.mjs";
import { unhandledRejection } from "./errors.mjs";
import { loadHandler } from "./handler.mjs";
import { installStreaming } from "./stream.mjs";
import { Invoker } from "./invoke.mjs";
import { logError, patchConsole, setRequestId } from "./log.mjs";

// AWS's runtime ends with these codes after it has reported the error.
const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;

let current; // a promise for the invocation that runs or is waited for; undefined during INIT
let ending = false;

/**
 * Reports `error` for whatever runs, and ends the process: its state is not to be trusted. What a left-over timer
 * throws between two invocations is the next one's error, as on AWS, where the loop stands still until then.
 */
async function die(title, error, code) {
  logError(title, error);
  if (ending) return;
  ending = true;
  try {
    // Over a connection of its own: the other one may be waiting for `next`, or be amid a streamed response.
    const client = new RuntimeClient(process.env.AWS_LAMBDA_RUNTIME_API);
    await (current ? client.postError(await current, error) : client.postInitError(error));
  } catch (failure) {
    console.error(`the Runtime API did not take the error: ${failure.message}`);
  }
  process.exit(code);
}

async function main() {
  installStreaming();
  const client = new RuntimeClient(process.env.AWS_LAMBDA_RUNTIME_API);
  const invoker = new Invoker(client, await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER));
  await new Promise(setImmediate); // a rejection that the module left unhandled is still an error of INIT
  while (!ending) {
    current = client.next();
    const invocation = await current;
    setRequestId(invocation.requestId);
    if (!ending) await invoker.run(invocation, () => ending);
  }
}

patchConsole(process.env);
process.on("uncaughtException", (error) => die("Uncaught Exception", error, EXIT_UNCAUGHT_EXCEPTION));
process.on("unhandledRejection", (reason, promise) => {
  die("Unhandled Promise Rejection", unhandledRejection(reason, promise), EXIT_UNHANDLED_REJECTION);
});
main().catch((error) => die("Uncaught Exception", error, EXIT_UNCAUGHT_EXCEPTION));
