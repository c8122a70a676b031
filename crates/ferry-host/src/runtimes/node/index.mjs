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

const client = new RuntimeClient(process.env.AWS_LAMBDA_RUNTIME_API);
let current; // the invocation that runs, undefined during INIT
let ending = false;

/** Reports `error` for whatever runs, and ends the process: its state is not to be trusted. */
async function die(title, error, code) {
  logError(title, error);
  if (ending) return;
  ending = true;
  try {
    await (current ? client.postError(current, error) : client.postInitError(error));
  } catch (failure) {
    console.error(`the Runtime API did not take the error: ${failure.message}`);
  }
  process.exit(code);
}

async function main() {
  installStreaming();
  const invoker = new Invoker(client, await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER));
  while (!ending) {
    // Between two invocations an error belongs to the one that was answered last.
    const next = await client.next();
    current = next;
    setRequestId(next.requestId);
    await invoker.run(next, () => ending);
  }
}

patchConsole(process.env);
process.on("uncaughtException", (error) => die("Uncaught Exception", error, EXIT_UNCAUGHT_EXCEPTION));
process.on("unhandledRejection", (reason, promise) => {
  die("Unhandled Promise Rejection", unhandledRejection(reason, promise), EXIT_UNHANDLED_REJECTION);
});
main().catch((error) => die("Uncaught Exception", error, EXIT_UNCAUGHT_EXCEPTION));
