// As much of an HTTP/1.1 client as the Runtime API needs: one kept-alive connection, one request at a time.
//
// `node:http` would do it in fewer lines, at three times the CPU time of an invocation and 7 ms more of every cold
// start. AWS's own client is native code; a costly one here would count against Node.js in every comparison.

import net from "node:net";

const HEAD_END = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");

export class Connection {
  #host;
  #port;
  #socket;
  #inbox;

  constructor(host, port) {
    this.#host = host;
    this.#port = port;
  }

  /** Sends a whole request and resolves to `{status, headers, body}`: lower-case names, the body as text. */
  request(method, path, headers, body = "") {
    const length = Buffer.byteLength(body);
    const head = headOf(method, path, { Host: this.#host, ...headers, ...(length > 0 || method === "POST" ? { "Content-Length": length } : {}) });
    const socket = this.#open();
    socket.write(head + body);
    return this.#answer();
  }

  /** Sends the head of a chunked request: `{body, answered}`, where `body` takes the chunks. */
  openStream(method, path, headers) {
    const socket = this.#open();
    socket.write(headOf(method, path, { Host: this.#host, "Transfer-Encoding": "chunked", ...headers }));
    const body = new ChunkedBody(socket);
    const answered = this.#answer().then((answer) => {
      // An answer before the end, which is a refusal: what follows on this connection would be taken for the rest.
      if (!body.ended) socket.destroy();
      return answer;
    });
    return { body, answered };
  }

  /** The live socket. It holds the event loop only while an answer is awaited, as `beforeExit` is to mean idle. */
  #open() {
    if (!this.#socket?.writable) {
      const socket = net.connect({ host: this.#host, port: this.#port, noDelay: true });
      const inbox = new Inbox();
      socket.on("data", (chunk) => inbox.push(chunk));
      socket.on("error", (error) => inbox.fail(error));
      socket.on("close", () => inbox.fail(new Error("the Runtime API closed the connection")));
      this.#socket = socket;
      this.#inbox = inbox;
    }
    this.#socket.ref();
    return this.#socket;
  }

  async #answer() {
    const socket = this.#socket;
    const inbox = this.#inbox;
    const { status, headers } = parseHead(await inbox.until(HEAD_END));
    const chunked = headers["transfer-encoding"]?.toLowerCase() === "chunked";
    const body = chunked ? await readChunks(inbox) : await inbox.take(Number(headers["content-length"] ?? 0));
    if (headers.connection?.toLowerCase() === "close") socket.destroy();
    else socket.unref();
    return { status, headers, body: body.toString("utf8") };
  }
}

/** The body of a request, chunk by chunk. */
export class ChunkedBody {
  #socket;
  ended = false;

  constructor(socket) {
    this.#socket = socket;
  }

  /** `done` is called when the operating system has taken the bytes. An empty chunk would end the body. */
  write(bytes, done) {
    this.#socket.cork();
    this.#socket.write(`${bytes.length.toString(16)}\r\n`);
    this.#socket.write(bytes);
    this.#socket.write("\r\n", done);
    this.#socket.uncork();
  }

  end(trailers = {}) {
    this.ended = true;
    this.#socket.write(`0\r\n${headerLines(trailers)}\r\n`);
  }
}

/** Bytes received and not yet read, for one reader. */
class Inbox {
  #chunks = [];
  #length = 0;
  #reader; // `{find, resolve, reject}`: `find` gives how many bytes to hand out, or nothing yet
  #error;

  push(chunk) {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    this.#serve();
  }

  fail(error) {
    this.#error ??= error;
    this.#serve();
  }

  take(length) {
    return this.#read(() => (this.#length >= length ? { length, skip: 0 } : undefined));
  }

  /** The bytes before `mark`, which is dropped. */
  until(mark) {
    return this.#read(() => {
      if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
      const at = this.#chunks[0]?.indexOf(mark) ?? -1;
      return at < 0 ? undefined : { length: at, skip: mark.length };
    });
  }

  #read(find) {
    return new Promise((resolve, reject) => {
      this.#reader = { find, resolve, reject };
      this.#serve();
    });
  }

  #serve() {
    const reader = this.#reader;
    if (!reader) return;
    const found = reader.find();
    if (!found && !this.#error) return;
    this.#reader = undefined;
    if (!found) return reader.reject(this.#error);
    const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    const rest = all.subarray(found.length + found.skip);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    reader.resolve(all.subarray(0, found.length));
  }
}

async function readChunks(inbox) {
  const chunks = [];
  for (;;) {
    const size = Number.parseInt((await inbox.until(LINE_END)).toString("latin1"), 16);
    if (!(size >= 0)) throw new Error("the Runtime API sent a malformed chunk");
    if (size === 0) break;
    chunks.push(await inbox.take(size));
    await inbox.until(LINE_END);
  }
  while ((await inbox.until(LINE_END)).length > 0); // trailers
  return Buffer.concat(chunks);
}

function parseHead(bytes) {
  const [first, ...lines] = bytes.latin1Slice().split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  if (!status) throw new Error(`the Runtime API answered something that is not HTTP/1.1: ${first}`);
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status, headers };
}

function headOf(method, path, headers) {
  return `${method} ${path} HTTP/1.1\r\n${headerLines(headers)}\r\n`;
}

function headerLines(headers) {
  let lines = "";
  for (const [name, value] of Object.entries(headers)) {
    if (/[^\t\x20-\x7e]/.test(value)) throw new TypeError(`the header ${name} may hold visible ASCII only`);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}
