// The page of ingest with everything behind it: `ferry up`, the functions, the local S3 and DynamoDB. A small file, so that the tests are of the page and not of patience.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DESKTOP, launch, program, visit } from "./browser.mjs";
import { up } from "./host.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RECORDS = 3000;
const LANES = ["rust-csv", "python-csv", "rust-json", "python-json"];
/** Four runs after one another, Python's among them, on a busy machine. */
const RUNS_MS_MAX = 180_000;

let host;
let browser;
let folder;

before(async () => {
  assert.ok(program(), "no Chromium is installed: apt-get install chromium, or name one in CHROMIUM");
  folder = await mkdtemp(join(tmpdir(), "ferry-ingest-"));
  await promisify(execFile)(`${ROOT}target/release/ingest-generate`, ["--records", String(RECORDS), "--output", folder]);
  host = await up("systems/ingest/template.yaml");
  for (const name of ["registrations.csv", "registrations.json"]) {
    const reply = await fetch(`${host.aws}/${host.buckets[0]}/${name}`, { method: "PUT", body: await readFile(join(folder, name)) });
    assert.equal(reply.status, 200, await reply.text());
  }
  browser = await launch();
});

after(async () => {
  await browser?.close();
  const ended = await host?.stop();
  if (folder) await rm(folder, { recursive: true });
  assert.equal(ended, 0, "ferry up did not end cleanly");
});

const open = (use) => visit(browser, host.pages.ingest, DESKTOP, use);
const table = (language) => host.tables.find((name) => name.includes(language));
const cells = (page, selector) => page.locator(`${selector} tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));

/** Clicks, and waits until what it began is done. */
async function click(page, selector) {
  await page.locator(`${selector}:enabled`).click();
  await page.locator(`${selector}:enabled`).waitFor({ timeout: RUNS_MS_MAX });
  assert.ok(await page.locator("#problem").isHidden(), await page.locator("#problem").textContent());
}

async function dynamodb(operation, request) {
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${operation}` };
  const reply = await fetch(host.aws, { method: "POST", headers, body: JSON.stringify(request) });
  const answer = await reply.json();
  assert.equal(reply.status, 200, JSON.stringify(answer));
  return answer;
}

test("all runs are shown live, measured, billed, and right", async () => {
  await open(async (page) => {
    await click(page, "#warm-up");
    assert.equal(await page.locator("#warmed li").count(), 2);
    // Every number of records that was shown, bar by bar.
    await page.evaluate(() => {
      window.seen = {};
      const note = () => {
        for (const lane of document.querySelectorAll(".lane")) {
          const records = lane.querySelector("[role=progressbar]").getAttribute("aria-valuenow");
          (window.seen[lane.id] ??= new Set()).add(Number(records));
        }
      };
      new MutationObserver(note).observe(document.querySelector("#lanes"), { subtree: true, attributes: true });
    });
    await click(page, "#run-all");
    const seen = await page.evaluate(() => Object.fromEntries(Object.entries(window.seen).map(([lane, records]) => [lane, [...records]])));
    for (const lane of LANES) {
      assert.equal(await page.locator(`#lane-${lane}`).getAttribute("data-phase"), "finished", await page.locator(`#lane-${lane}`).textContent());
      assert.ok(seen[`lane-${lane}`].includes(RECORDS), `${lane}: ${seen[`lane-${lane}`]}`);
    }
    assert.ok(seen["lane-python-csv"].includes(1000), `no progress was shown: ${seen["lane-python-csv"]}`);
    const measured = await cells(page, "#measured");
    assert.deepEqual(measured.map((row) => row.slice(5, 7)), LANES.map(() => ["3,000", "0"]));
    for (const cell of [...measured, ...(await cells(page, "#costs"))].flat()) assert.notEqual(cell, "–");
    for (const format of ["csv", "json"]) {
      await page.locator("#verify-format").selectOption(format);
      await click(page, "#verify");
      assert.match(await page.locator(".verdict.good").textContent(), new RegExp(`exactly the 3,000 items of registrations\\.${format}`));
    }
  });
});

test("a table that was tampered with is found out, and a run mends it", async () => {
  await open(async (page) => {
    await page.getByLabel("128 MB").check();
    await click(page, "#lane-rust-csv button");
    await page.getByLabel("3008 MB").check();
    await click(page, "#lane-python-csv button");
    assert.match(await page.locator("#lane-rust-csv").textContent(), /128 MB/);
    const key = { registration_id: { S: "REG-0000007" } };
    const changed = { ...(await dynamodb("GetItem", { TableName: table("Python"), Key: key })).Item, venue: { S: "Elsewhere" } };
    await dynamodb("PutItem", { TableName: table("Python"), Item: changed });
    await dynamodb("DeleteItem", { TableName: table("Rust"), Key: { registration_id: { S: "REG-0000009" } } });
    await click(page, "#verify");
    await page.locator(".verdict.bad").waitFor();
    const differences = await cells(page, "#differences");
    assert.deepEqual(differences.map((row) => [row[0], row[1], row[4]]), [
      ["REG-0000007", "venue", "Elsewhere"],
      ["REG-0000009", "registration_id", "nothing"],
    ]);
    await page.getByLabel("1024 MB").check();
    await click(page, "#run-all");
    await click(page, "#verify");
    await page.locator(".verdict.good").waitFor();
  });
});
