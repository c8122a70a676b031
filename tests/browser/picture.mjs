// The pictures of the pages in the documents, after `make build city data`: `node tests/browser/picture.mjs`, or with the name of one page.

import { fileURLToPath } from "node:url";
import { launch, visit } from "./browser.mjs";
import { up } from "./host.mjs";

/** Software rendering of the last tiles takes its time, and says nothing at its end. */
const DRAWN_MS = 5000;
/** Python's two runs among them, on a machine of any speed. */
const RUNS_MS_MAX = 600_000;

const PAGES = {
  router: {
    address: "#from=60.16550,24.93720&to=60.17620,24.95060&comfort=0.10&layers=stress",
    viewport: { width: 1080, height: 700 },
    async show(page) {
      await page.locator('#route[aria-busy="false"] #minutes').waitFor();
      await page.waitForLoadState("networkidle");
      await page.waitForTimeout(DRAWN_MS);
    },
  },
  // What it shows was measured: all four runs, and both tables verified after them.
  ingest: {
    address: "",
    viewport: { width: 1080, height: 860 },
    async show(page) {
      for (const button of ["#warm-up", "#run-all", "#verify"]) {
        await page.locator(`${button}:enabled`).click();
        await page.locator(`${button}:enabled`).waitFor({ timeout: RUNS_MS_MAX });
      }
      await page.locator(".verdict").waitFor();
      await page.mouse.move(0, 0);
    },
  },
};

const asked = process.argv.slice(2);
const browser = await launch();
try {
  for (const [name, { address, viewport, show }] of Object.entries(PAGES).filter(([name]) => asked.length === 0 || asked.includes(name))) {
    const host = await up(`systems/${name}/template.yaml`);
    try {
      await visit(browser, host.pages[name] + address, { viewport }, async (page) => {
        await show(page);
        await page.screenshot({ path: fileURLToPath(new URL(`../../docs/images/${name}-page.png`, import.meta.url)) });
      });
    } finally {
      await host.stop();
    }
  }
} finally {
  await browser.close();
}
