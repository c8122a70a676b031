// The picture of the router's page in the documents: `node tests/browser/picture.mjs` after `make build city`.

import { fileURLToPath } from "node:url";
import { launch, visit } from "./browser.mjs";
import { up } from "./host.mjs";

const PICTURE = fileURLToPath(new URL("../../docs/images/router-page.png", import.meta.url));
const ROUTE = "#from=60.16550,24.93720&to=60.17620,24.95060&comfort=0.10&layers=stress";
/** Software rendering of the last tiles takes its time, and says nothing at its end. */
const DRAWN_MS = 5000;

const host = await up("systems/router/template.yaml");
const browser = await launch();
try {
  await visit(browser, host.pages.router + ROUTE, { viewport: { width: 1080, height: 700 } }, async (page) => {
    await page.locator('#route[aria-busy="false"] #minutes').waitFor();
    await page.waitForLoadState("networkidle");
    await page.waitForTimeout(DRAWN_MS);
    await page.screenshot({ path: PICTURE });
  });
} finally {
  await browser.close();
  await host.stop();
}
