// Stands in for ferry and the functions of ingest: serves the built page with a ferry.json and a WebSocket that says what a test lets it say.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const DIST = fileURLToPath(new URL("../../systems/ingest/web/dist", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
/** RFC 6455's own constant. */
const ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 1;
const CLOSE = 8;

/** `heard(message, say)` is called for each message of the page; `say` sends one back. */
export async function serve(heard) {
  const sockets = new Set();
  // Not accepting is a host that has ended; tries are what was asked of it meanwhile.
  const fake = { heard, accepting: true, messages: [], tries: 0 };
  const server = createServer(async (request, response) => {
    if (!fake.accepting) {
      fake.tries += 1;
      return request.socket.destroy();
    }
    const path = new URL(request.url, "http://x").pathname;
    if (path === "/page/ferry.json") return response.end(JSON.stringify({ web_sockets: { Socket: `ws://127.0.0.1:${server.address().port}/live` } }));
    const file = path === "/page/" ? "index.html" : normalize(path.replace("/page/", ""));
    try {
      response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
      response.end(await readFile(join(DIST, file)));
    } catch {
      response.writeHead(404).end();
    }
  });
  server.on("upgrade", (request, socket) => {
    if (!fake.accepting) {
      fake.tries += 1;
      return socket.destroy();
    }
    const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + ACCEPT).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    listen(socket, (text) => {
      const message = JSON.parse(text);
      fake.messages.push(message);
      fake.heard(message, (answer) => say(socket, answer));
    });
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return Object.assign(fake, {
    url: `http://127.0.0.1:${server.address().port}/page/`,
    connections: () => sockets.size,
    drop: () => sockets.forEach((socket) => socket.destroy()),
    stop: () => {
      sockets.forEach((socket) => socket.destroy());
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  });
}

function say(socket, message) {
  const body = Buffer.from(typeof message === "string" ? message : JSON.stringify(message));
  const head = body.length < 126 ? Buffer.from([0x80 | TEXT, body.length]) : Buffer.from([0x80 | TEXT, 126, body.length >> 8, body.length & 0xff]);
  socket.write(Buffer.concat([head, body]));
}

/** Whole, masked frames of less than 64 KB: what a page sends. */
function listen(socket, heard) {
  let data = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    data = Buffer.concat([data, chunk]);
    for (;;) {
      if (data.length < 6) return;
      const long = (data[1] & 0x7f) === 126;
      const length = long ? data.readUInt16BE(2) : data[1] & 0x7f;
      const start = long ? 8 : 6;
      if (data.length < start + length) return;
      const mask = data.subarray(start - 4, start);
      const body = data.subarray(start, start + length).map((byte, at) => byte ^ mask[at % 4]);
      if ((data[0] & 0x0f) === CLOSE) return socket.end();
      if ((data[0] & 0x0f) === TEXT) heard(Buffer.from(body).toString());
      data = data.subarray(start + length);
    }
  });
}
