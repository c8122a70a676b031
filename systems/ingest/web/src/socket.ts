// The connection: found, opened, and opened again whenever it is lost.

const LOGICAL_ID = "Socket";
/** The wait before the next try doubles from the first to the last of these. */
const WAIT_FIRST_MS = 500;
const WAIT_LAST_MS = 15_000;
/** A connection attempt that takes longer has failed. */
const OPEN_MS_MAX = 10_000;

export type Link =
  | { state: "connecting" }
  | { state: "open" }
  | { state: "waiting"; retry_at: number }
  | { state: "nowhere"; reason: string };

/** Trying again would find no address either. */
class NoAddress extends Error {}

/** `?socket=wss://…` of the page's address, else what `ferry.json` beside the page says. */
async function address(): Promise<string> {
  const asked = new URLSearchParams(location.search).get("socket");
  const found = asked ?? (await published());
  if (!/^wss?:\/\/[^/]/.test(found)) throw new NoAddress(`“${found}” is no WebSocket address: it begins with wss://`);
  return found;
}

async function published(): Promise<string> {
  const reply = await fetch("ferry.json", { cache: "no-store" });
  const stack = (reply.ok ? await reply.json() : null) as { web_sockets?: Record<string, string> } | null;
  const url = stack?.web_sockets?.[LOGICAL_ID];
  if (!url) throw new NoAddress("The page does not know its WebSocket: put it into ferry.json beside the page, or into the address as ?socket=wss://…");
  return url;
}

export class Socket {
  private socket: WebSocket | null = null;
  /** Of two tries at a time the later one counts. */
  private tries = 0;
  private failures = 0;
  private timer = 0;

  constructor(
    private readonly heard: (text: string) => void,
    private readonly changed: (link: Link) => void,
  ) {}

  async connect(): Promise<void> {
    clearTimeout(this.timer);
    this.socket?.close();
    this.socket = null;
    this.tries += 1;
    const mine = this.tries;
    this.changed({ state: "connecting" });
    try {
      const url = await address();
      if (mine === this.tries) this.open(url);
    } catch (error) {
      if (mine !== this.tries) return;
      if (error instanceof NoAddress) this.changed({ state: "nowhere", reason: error.message });
      else this.again();
    }
  }

  private open(url: string): void {
    const socket = new WebSocket(url);
    this.socket = socket;
    const patience = window.setTimeout(() => socket.close(), OPEN_MS_MAX);
    socket.addEventListener("open", () => {
      clearTimeout(patience);
      if (this.socket !== socket) return socket.close();
      this.failures = 0;
      this.changed({ state: "open" });
    });
    socket.addEventListener("message", (event) => this.socket === socket && this.heard(String(event.data)));
    socket.addEventListener("close", () => {
      clearTimeout(patience);
      if (this.socket === socket) this.again();
    });
  }

  /** Jitter keeps the pages of a room from coming back all at once. */
  private again(): void {
    this.socket = null;
    const wait = Math.min(WAIT_LAST_MS, WAIT_FIRST_MS * 2 ** this.failures) * (0.75 + Math.random() / 4);
    this.failures += 1;
    this.changed({ state: "waiting", retry_at: Date.now() + wait });
    this.timer = window.setTimeout(() => void this.connect(), wait);
  }

  /** At once, not when the wait is over. */
  now(): void {
    this.failures = 0;
    void this.connect();
  }

  send(message: object): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }
}
