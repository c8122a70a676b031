// The page: what is asked, what is heard, and what is shown of it.

import { ARCHITECTURES, type Architecture } from "./cost";
import { find, make, tell } from "./dom";
import { Lanes } from "./lanes";
import { type Action, type Format, parse } from "./messages";
import { type Link, Socket } from "./socket";
import { State } from "./state";
import { costs, measured, sizes } from "./tables";
import { verified } from "./verified";
import { milliseconds } from "./words";

/** Memory sizes to choose from; a whole CPU comes with 1769 MB. */
const MEMORY_MB = [128, 256, 512, 1024, 1769, 3008] as const;
const MEMORY_MB_DEFAULT = 1024;
const CPU_MB = 1769;
/** How often the words of a wait are renewed. */
const TICK_MS = 250;
/** Nothing is under way for longer than an invocation takes, at most 15 minutes, without a word. */
const SILENCE_MS_MAX = 16 * 60_000;
const CONNECTION_LOST = "The connection was lost while something was under way. The run that had begun goes on without this page; what it measures is not heard here.";

const state = new State();
let link: Link = { state: "connecting" };
let frame = 0;
let heardAt = 0;
/** What the tables were last made of. */
let shown = "";
const socket = new Socket(hear, linked);
const lanes = new Lanes(find("#lanes"), state, (runtime, format) => act({ action: "runOne", runtime, format, memory_mb: memory() }));

function hear(text: string): void {
  heardAt = Date.now();
  const message = parse(text);
  if (message) state.hear(message);
  else state.problem = `The service said what this page does not know: ${text.slice(0, 200)}`;
  redraw();
}

function linked(next: Link): void {
  if (link.state === "open" && next.state !== "open") state.lost(CONNECTION_LOST);
  link = next;
  redraw();
}

function act(action: Action): void {
  if (state.busy || !socket.send(action)) return;
  heardAt = Date.now();
  state.begin(action);
  // At once: until the next frame a second click would find its button still there.
  render();
}

const chosen = (name: string) => find<HTMLInputElement>(`input[name="${name}"]:checked`).value;
const memory = () => Number(chosen("memory"));

/** Fifty messages may come within one frame. */
function redraw(): void {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    render();
  });
}

function render(): void {
  const ready = link.state === "open" && !state.busy;
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-action]")) button.disabled = !ready;
  find("#lanes").setAttribute("aria-busy", String(state.busy));
  lanes.render(state, ready);
  renderResults(memory(), chosen("architecture") as Architecture);
  tell(find("#problem"), state.problem);
  const said = find("#said");
  if (said.textContent !== state.said) said.textContent = state.said;
  renderWarm();
  renderLink();
}

/** Only where they change: somebody may be reading or scrolling a table while the bars move. */
function renderResults(memory_mb: number, architecture: Architecture): void {
  const now = `${state.changes} ${memory_mb} ${architecture}`;
  if (now === shown) return;
  shown = now;
  measured(find("#measured"), state, memory_mb);
  costs(find("#costs"), state, memory_mb, architecture);
  find("#by-size").hidden = state.results.size < 2;
  sizes(find("#sizes"), state, memory_mb);
  verified(find("#verified"), state.verified);
  for (const place of document.querySelectorAll(".at")) place.textContent = `at ${memory_mb} MB`;
}

function tick(): void {
  if (link.state === "waiting") renderLink();
  if (state.busy && Date.now() - heardAt > SILENCE_MS_MAX) {
    state.lost("Nothing was heard for a quarter of an hour. What was under way has ended without a word, or goes on without this page.");
    redraw();
  }
}

function renderWarm(): void {
  const words = state.warmed?.map((one) => {
    const start = one.init_ms === null ? "was warm already" : `cold start ${milliseconds(one.init_ms)}`;
    return make("li", {}, make("strong", {}, one.function), ` ${one.memory_mb} MB: ${start}`);
  });
  find("#warmed").replaceChildren(...(words ?? []));
  find("#warmed").hidden = !words;
}

function renderLink(): void {
  const words = {
    connecting: () => "Connecting…",
    open: () => (state.busy ? "Connected · working" : "Connected"),
    waiting: () => `Reconnecting in ${Math.max(1, Math.ceil(((link as { retry_at: number }).retry_at - Date.now()) / 1000))} s`,
    nowhere: () => "No connection",
  };
  const pill = find("#link");
  pill.dataset.state = link.state;
  const text = words[link.state]();
  const label = find("#link-text");
  if (label.textContent !== text) label.textContent = text;
  find("#reconnect").hidden = link.state !== "waiting" && link.state !== "nowhere";
  tell(find("#nowhere"), link.state === "nowhere" ? link.reason : null);
}

/** An option of a row: its value, what stands below it, and how it is called. */
interface Option {
  value: string;
  note: string;
  label: string;
}

function choices(home: HTMLElement, name: string, options: Option[], chosen: string): void {
  for (const { value, note, label } of options) {
    const input = make("input", { type: "radio", name, value, checked: value === chosen, "aria-label": label });
    input.addEventListener("change", redraw);
    home.append(make("label", { class: "choice" }, input, make("span", {}, value, make("small", {}, note))));
  }
}

const sizeOption = (mb: number): Option => ({ value: String(mb), note: `${(mb / CPU_MB).toFixed(2)} CPU`, label: `${mb} MB, ${(mb / CPU_MB).toFixed(2)} CPU` });
choices(find("#memory"), "memory", MEMORY_MB.map(sizeOption), String(MEMORY_MB_DEFAULT));
choices(find("#architecture"), "architecture", ARCHITECTURES.map((value) => ({ value, note: "", label: value })), ARCHITECTURES[0]);
find("#warm-up").addEventListener("click", () => act({ action: "warmUp", memory_mb: memory() }));
find("#run-all").addEventListener("click", () => act({ action: "runAll", memory_mb: memory() }));
find("#verify").addEventListener("click", () => act({ action: "verify", format: find<HTMLSelectElement>("#verify-format").value as Format }));
find("#reconnect").addEventListener("click", () => socket.now());
setInterval(tick, TICK_MS);
render();
void socket.connect();
