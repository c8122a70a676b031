// `ferry up` on free ports, reached only through the addresses that it prints.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Lines of the host's standard error that are kept. */
const LINES_MAX = 40;

/** Starts a host of these templates; `pages` has the address of each stack's page, `aws` that of the local AWS services, `buckets` and `tables` their names there. */
export async function up(...templates) {
  const command = ["up", "--port", "0", "--api-port", "0", "--aws-port", "0", ...templates.flatMap((template) => ["-t", template])];
  const child = spawn("target/release/ferry", command, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  // The functions' log; its end is worth reading where the host does not start.
  const said = [];
  createInterface({ input: child.stderr }).on("line", (line) => said.push(line) > LINES_MAX && said.shift());
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const host = { pages: {}, aws: null, buckets: [], tables: [] };
  for await (const line of createInterface({ input: child.stdout })) {
    const page = /^Page (\S+)\s+(http:\S+)/.exec(line);
    if (page) host.pages[page[1]] = page[2];
    host.aws ??= /^AWS services\s+(http:\S+)/.exec(line)?.[1] ?? null;
    const made = /^ {4}(bucket|table) (\S+)/.exec(line);
    if (made) host[`${made[1]}s`].push(made[2]);
    if (line === "Ready") {
      const stop = () => {
        child.kill("SIGINT");
        return ended;
      };
      // Nobody reads the rest; the pipe must not fill up.
      child.stdout.resume();
      return { ...host, stop };
    }
  }
  throw new Error(`ferry up ended with ${await ended} before it was ready\n${said.join("\n")}`);
}
