// For the tests: a Runtime API that hands out events and records what the runtime posts.

import { spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

// The sources, or the one file that Ferry makes of them.
const ENTRY = process.env.FERRY_NODE_ENTRY ?? fileURLToPath(new URL("./index.mjs", import.meta.url));

/**
 * Runs the function in `files` (name to text) through `events`, and returns what happened:
 * `{posts, code, stdout, stderr, pid}`. A post is `{path, kind, headers, body, trailers}`.
 *
 * Options: `env`, `handler`, `headers` (added to every event), `refuse` (post number to status), `early` (whether to
 * refuse before the body), `pauseMs` (before every event but the first), `chunked` (whether events come in chunks),
 * `fd` (a telemetry descriptor: adds `frames`).
 */
export async function run(files, events, { env = {}, handler = "index.handler", headers = {}, refuse = {}, early = false, pauseMs = 0, chunked = false, fd = false } = {}) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "ferry-node-"));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  const api = await listen(events, headers, { refuse, early, pauseMs, chunked });
  const child = spawn(process.execPath, ["--expose-gc", ENTRY], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe", fd ? "pipe" : "ignore"],
    env: {
      PATH: process.env.PATH,
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      AWS_LAMBDA_FUNCTION_NAME: "hello",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/hello",
      AWS_LAMBDA_LOG_STREAM_NAME: "2026/01/01/[$LATEST]abc",
      AWS_LAMBDA_RUNTIME_API: api.address,
      LAMBDA_TASK_ROOT: root,
      _HANDLER: handler,
      ...(fd ? { _LAMBDA_TELEMETRY_LOG_FD: "3" } : {}),
      ...env,
    },
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const frames = fd ? collect(child.stdio[3]) : undefined;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  // Ends by itself after an error; otherwise it waits for an event that never comes.
  await Promise.race([exited, api.drained]);
  child.kill("SIGKILL");
  const code = await exited;
  await api.close();
  fs.rmSync(root, { recursive: true });
  const text = async (chunks) => Buffer.concat(await chunks).toString();
  return { posts: api.posts, code, stdout: await text(stdout), stderr: await text(stderr), frames: frames && Buffer.concat(await frames), root };
}

/** The body of the only post, which must be an ordinary response. */
export function answer(result) {
  const [post, ...more] = result.posts;
  if (more.length > 0 || post?.kind !== "response") throw new Error(`not one response: ${JSON.stringify(result, null, 1)}`);
  return JSON.parse(post.body);
}

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

async function listen(events, extra, { refuse, early, pauseMs, chunked }) {
  const posts = [];
  const queue = [...events];
  let drain;
  const drained = new Promise((resolve) => (drain = resolve));
  const server = http.createServer(async (request, response) => {
    if (request.url.endsWith("/invocation/next")) {
      if (queue.length === 0) return drain();
      const number = events.length - queue.length;
      response.writeHead(200, {
        "Lambda-Runtime-Aws-Request-Id": `request-${number}`,
        "Lambda-Runtime-Deadline-Ms": String(Date.now() + 3000),
        "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-north-1:123456789012:function:hello",
        "Lambda-Runtime-Trace-Id": `Root=1-0-${number}`,
        ...extra,
      });
      if (number > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const event = JSON.stringify(queue.shift());
      if (!chunked) return response.end(event);
      for (const character of event) response.write(character);
      return response.end();
    }
    const number = posts.length;
    if (early && refuse[number]) {
      posts.push({ path: request.url, kind: "refused", headers: request.headers, body: "", trailers: {} });
      return response.writeHead(refuse[number]).end();
    }
    const chunks = await collect(request).catch(() => undefined);
    if (!chunks) return; // the process ended amid a stream
    const body = Buffer.concat(chunks).toString();
    const kind = request.url.includes("/init/") ? "init/error" : request.url.split("/").at(-1);
    posts.push({ path: request.url, kind, headers: request.headers, body, trailers: request.trailers });
    response.writeHead(refuse[number] ?? 202, { "Content-Type": "application/json" });
    response.end('{"status":"OK"}');
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { address: `127.0.0.1:${server.address().port}`, posts, drained, close };
}
