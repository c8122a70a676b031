// The page of ingest by itself: every message of the contract, said by a stand-in of the functions.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { DESKTOP, launch, PHONE, program, visit } from "./browser.mjs";
import { serve } from "./fake-console.mjs";

/** What the browser itself says of a connection that is refused. */
const REFUSED = ["WebSocket connection to", "Failed to load resource"];
const TIMES = { "rust-csv": 14740, "rust-json": 12416, "python-csv": 21194, "python-json": 20205 };
const ALL = Object.keys(TIMES).map((name) => name.split("-"));

let browser;
let fake;

before(async () => {
  assert.ok(program(), "no Chromium is installed: apt-get install chromium, or name one in CHROMIUM");
  browser = await launch();
});
after(() => browser?.close());
beforeEach(async () => (fake = await serve(play)));
afterEach(() => fake.stop());

const speaker = (runtime, format, memory_mb) => ({ run: `${runtime}-${format}-${memory_mb}`, runtime, format, memory_mb });

/** A run with times that a test can reckon with: what it says at each step. */
function* run(runtime, format, memory_mb, records = 50_000) {
  const who = speaker(runtime, format, memory_mb);
  const total_ms = TIMES[`${runtime}-${format}`];
  yield { type: "started", ...who, total_records: null };
  for (let done = 1000; done <= records; done += 1000) {
    yield { type: "progress", ...who, records: done, elapsed_ms: (total_ms * done) / records, last_1000_ms: (total_ms * 1000) / records };
  }
  const timings = { total_ms, download_ms: 238, parse_ms: 140, write_ms: total_ms - 378 };
  const calls = { batch_write: 2000, unprocessed_items: 0, throttled: 0, retries: 0 };
  yield { type: "finished", ...who, records, written: records, rejected: 0, duplicates: 0, dead_letters: null, complete: true, checkpoint: null, bytes: 7_800_000, timings, calls };
  yield { type: "billed", ...who, billed_ms: Math.ceil(total_ms), duration_ms: total_ms, init_ms: null, max_memory_mb: 38 };
}

const ends = { equal: true, source: { key: "registrations.csv", items: 50_000, hash: "c0ffee00c0ffee00" }, timings: { total_ms: 812 }, differences: [] };
const table = (name, differing_items) => ({ name, items: 50_000, hash: "c0ffee00c0ffee00", differing_items });
const EQUAL = { type: "verified", ...ends, tables: [table("RegistrationsRust", 0), table("RegistrationsPython", 0)] };
const UNEQUAL = {
  ...EQUAL,
  equal: false,
  tables: [table("RegistrationsRust", 0), table("RegistrationsPython", 2)],
  differences: [
    { key: "REG-0000007", field: "venue", left: "Harbour Hall", right: "", between: ["source", "RegistrationsPython"] },
    { key: "REG-0000009", field: "registration_id", left: "REG-0000009", right: null, between: ["source", "RegistrationsPython"] },
  ],
};

function play(message, say) {
  const { memory_mb } = message;
  const runs = { runAll: ALL, runOne: [[message.runtime, message.format]] }[message.action];
  if (runs) say({ type: "queued", runs: runs.map(([runtime, format]) => speaker(runtime, format, memory_mb)) });
  for (const [runtime, format] of runs ?? []) for (const said of run(runtime, format, memory_mb)) say(said);
  if (message.action === "verify") say(message.format === "csv" ? EQUAL : UNEQUAL);
  if (message.action === "warmUp") say({ type: "warmed", functions: [{ function: "IngestRust", memory_mb, init_ms: 11.4, duration_ms: 2 }, { function: "IngestPython", memory_mb, init_ms: null, duration_ms: 3 }] });
  say({ type: "done" });
}

const open = (options, use, expected) => visit(browser, fake.url, options, use, expected);
const ready = (page) => page.locator("#run-all:enabled").waitFor();
const phase = (page, lane, wanted) => page.locator(`#lane-${lane}[data-phase="${wanted}"]`).waitFor();
const cells = (page, selector) => page.locator(`${selector} tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));

test("nothing is claimed before it is measured", async () => {
  await open(DESKTOP, async (page) => {
    await ready(page);
    for (const row of [...(await cells(page, "#measured")), ...(await cells(page, "#costs"))]) assert.deepEqual(new Set(row.slice(1)), new Set(["–"]), row[0]);
    assert.equal(await page.locator("#lanes > li").count(), 4);
    assert.equal(await page.locator(".headlines").count(), 0);
  });
});

test("all tests fill the tables with what was measured, and with right sums", async () => {
  await open(DESKTOP, async (page) => {
    await ready(page);
    await page.locator("#run-all").click();
    await phase(page, "python-json", "finished");
    await ready(page);
    assert.deepEqual(fake.messages, [{ action: "runAll", memory_mb: 1024 }]);
    const measured = await cells(page, "#measured");
    assert.deepEqual(measured[0], ["Rust CSV", "14,740 ms", "238 ms", "140 ms", "295 ms", "50,000", "0", "38 MB"]);
    assert.deepEqual(measured.map((row) => row[4]), ["295 ms", "424 ms", "248 ms", "404 ms"], "as published, per 1,000");
    assert.deepEqual(await page.locator(".headlines li strong").allTextContents(), ["1.4×", "1.6×"]);
    assert.equal(await page.locator("#lane-rust-csv [role=progressbar]").getAttribute("aria-valuenow"), "50000");
    const costs = await cells(page, "#costs");
    assert.deepEqual(costs[0], ["Rust CSV", "14,740 ms", "1 GB × 14.74 s × $0.0000166667", "$0.000246"]);
    // The published table, from the means of both formats: 13.578 s and 20.6995 s.
    assert.deepEqual(costs.slice(4), [
      ["1 million", "$0.21", "$0.14", "$0.85"],
      ["100 million", "$20.70", "$13.58", "$85.46"],
      ["1 billion", "$207.00", "$135.78", "$854.58"],
    ]);
    await page.getByLabel("arm64").check();
    await page.locator("#costs").getByText("$0.000197").waitFor();
  });
});

test("each memory size has its own results", async () => {
  await open(DESKTOP, async (page) => {
    await ready(page);
    await page.getByLabel("128 MB").check();
    await page.getByRole("button", { name: "Run Rust JSON" }).click();
    await phase(page, "rust-json", "finished");
    await ready(page);
    assert.deepEqual(fake.messages, [{ action: "runOne", runtime: "rust", format: "json", memory_mb: 128 }]);
    assert.match((await cells(page, "#costs"))[2][2], /^0\.125 GB/);
    assert.ok(await page.locator("#by-size").isHidden());
    await page.getByLabel("3008 MB").check();
    await page.locator(".at").first().getByText("at 3008 MB").waitFor();
    assert.equal((await cells(page, "#measured"))[2][1], "–");
    await page.getByRole("button", { name: "Run Rust JSON" }).click();
    await page.waitForFunction(() => document.querySelectorAll("#sizes tbody tr").length === 2);
    assert.deepEqual((await cells(page, "#sizes"))[0], ["128 MB", "–", "–", "12.4 s", "–"]);
  });
});

test("bars move with the messages, and one action is taken at a time", async () => {
  const steps = run("python", "csv", 1024);
  let say;
  fake.heard = (_, answer) => (say = answer);
  await open(DESKTOP, async (page) => {
    await ready(page);
    await page.locator("#run-all").click();
    await page.waitForFunction(() => document.querySelector("#run-all").disabled);
    say({ type: "queued", runs: [speaker("python", "csv", 1024), speaker("python", "json", 1024)] });
    await phase(page, "python-json", "queued");
    for (let step = 0; step < 13; step += 1) say(steps.next().value);
    const lane = page.locator("#lane-python-csv");
    await lane.getByText("12,000 of about 50,000 records").waitFor();
    assert.match(await lane.textContent(), /5\.09 s · last 1,000 in 424 ms · 1024 MB/);
    assert.equal(await lane.locator(".fill").evaluate((fill) => fill.style.transform), "scaleX(0.24)");
    assert.equal((await lane.locator("polyline").getAttribute("points")).split(" ").length, 12);
    for (const button of await page.locator("button[data-action], .lane button").all()) assert.ok(await button.isDisabled());
    say({ type: "failed", ...speaker("python", "csv", 1024), error: "MemoryError: all of it" });
    say({ type: "failed", ...speaker("python", "csv", 1024), error: "Runtime exited" });
    say({ type: "done" });
    await phase(page, "python-csv", "failed");
    await phase(page, "python-json", "lost");
    assert.equal(await lane.locator(".error").textContent(), "MemoryError: all of it");
    await ready(page);
  });
});

test("warming up says which start was cold", async () => {
  await open(DESKTOP, async (page) => {
    await ready(page);
    await page.locator("#warm-up").click();
    await page.locator("#warmed li").first().waitFor();
    assert.deepEqual(await page.locator("#warmed li").allTextContents(), ["IngestRust 1024 MB: cold start 11.4 ms", "IngestPython 1024 MB: was warm already"]);
  });
});

test("verification shows the verdict and the differences", async () => {
  await open(DESKTOP, async (page) => {
    await ready(page);
    await page.locator("#verify").click();
    await page.locator(".verdict.good").waitFor();
    assert.match(await page.locator(".verdict").textContent(), /exactly the 50,000 items of registrations\.csv/);
    await page.locator("#verify-format").selectOption("json");
    await page.locator("#verify:enabled").click();
    await page.locator(".verdict.bad").waitFor();
    assert.deepEqual(await cells(page, "#differences"), [
      ["REG-0000007", "venue", "Harbour Hall", "RegistrationsPython", "empty"],
      ["REG-0000009", "registration_id", "REG-0000009", "RegistrationsPython", "nothing"],
    ]);
  });
});

test("what the service refuses, and what nobody understands, is said", async () => {
  fake.heard = (message, say) => (message.action === "runAll" ? say({ type: "error", message: "another run is under way" }) : say('{"message": "Internal server error"}'));
  await open(DESKTOP, async (page) => {
    await ready(page);
    await page.locator("#run-all").click();
    await page.locator("#problem").getByText("another run is under way").waitFor();
    await ready(page);
    await page.locator("#warm-up").click();
    await page.locator("#problem").getByText("API Gateway: Internal server error").waitFor();
    await ready(page);
  });
});

test("a lost connection comes back by itself, with longer and longer waits", async () => {
  fake.heard = (_, say) => say({ type: "queued", runs: [speaker("rust", "csv", 1024)] });
  await open(
    DESKTOP,
    async (page) => {
      await ready(page);
      await page.locator("#run-all").click();
      await phase(page, "rust-csv", "queued");
      fake.accepting = false;
      fake.drop();
      await phase(page, "rust-csv", "lost");
      await page.locator("#problem").getByText("The connection was lost").waitFor();
      await page.locator('#link[data-state="waiting"]').getByText(/Reconnecting in \d+ s/).waitFor();
      assert.ok(await page.locator("#run-all").isDisabled());
      for (let waited = 0; fake.tries < 3; waited += 100) {
        assert.ok(waited < 20_000, `only ${fake.tries} tries`);
        await page.waitForTimeout(100);
      }
      fake.accepting = true;
      // Twice in a row, and perhaps just after the page has come back by itself: one connection comes of it.
      await page.locator("#reconnect").evaluate((button) => [button.click(), button.click()]);
      await ready(page);
      for (let waited = 0; fake.connections() !== 1; waited += 100) {
        assert.ok(waited < 20_000, `${fake.connections()} connections`);
        await page.waitForTimeout(100);
      }
    },
    REFUSED,
  );
});

test("an address may name another socket, and only a socket", async () => {
  const { port } = new URL(fake.url);
  await visit(browser, `${fake.url}?socket=ws://127.0.0.1:${port}/other`, DESKTOP, ready);
  await visit(browser, `${fake.url}?socket=javascript:alert(1)`, DESKTOP, async (page) => {
    await page.locator("#nowhere").getByText("is no WebSocket address").waitFor();
    assert.equal(await page.locator("#link").getAttribute("data-state"), "nowhere");
  });
});

test("a phone shows everything in its width, light and dark differ, every control has a name", async () => {
  const ground = (options) =>
    open(options, async (page) => {
      await ready(page);
      await page.locator("#run-all").click();
      await phase(page, "python-json", "finished");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "the page is wider than its window");
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll("button, input, select, [role]")]
          .filter((element) => !(element.getAttribute("aria-label") || element.textContent.trim() || [...(element.labels ?? [])].some((label) => label.textContent.trim())))
          .filter((element) => !["alert", "status"].includes(element.getAttribute("role")))
          .map((element) => element.outerHTML),
      );
      assert.deepEqual(nameless, []);
      return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    });
  assert.notEqual(await ground(PHONE), await ground({ ...PHONE, colorScheme: "dark" }));
});
