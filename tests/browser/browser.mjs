// Chromium from the machine's own packages, kept to itself: what a page asks of any other address, or says on the console, fails its test.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PROGRAMS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ARGUMENTS = [
  "--no-sandbox", // it runs as root here, and shows nothing but our own page
  "--use-angle=swiftshader", // WebGL without a graphics card
  "--enable-unsafe-swiftshader",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

export function program() {
  return PROGRAMS.find((path) => path && existsSync(path));
}

export function launch() {
  return chromium.launch({ executablePath: program(), args: ARGUMENTS });
}

/**
 * Opens a page that is watched, hands it over, and closes it. `expected` are parts of console lines that belong to the test:
 * the browser itself reports every refused request there.
 */
export async function visit(browser, url, options, use, expected = []) {
  const context = await browser.newContext({ colorScheme: "light", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const wrong = [];
  const requests = [];
  page.on("request", (request) => {
    requests.push(request);
    const { protocol, hostname } = new URL(request.url());
    const own = protocol === "data:" || protocol === "blob:" || hostname === "127.0.0.1";
    if (!own) wrong.push(`asked ${request.url()}`);
  });
  page.on("console", (message) => {
    if (!expected.some((part) => message.text().includes(part))) wrong.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrong.push(`uncaught: ${error.stack ?? error.message}`));
  try {
    await page.goto(url);
    const result = await use(page, requests);
    assert.deepEqual(wrong, []);
    return result;
  } catch (error) {
    if (wrong.length > 0) error.message += `\n${wrong.join("\n")}`;
    throw error;
  } finally {
    await context.close();
  }
}

/** How many colours a part of the page shows: a canvas that was not drawn has one. */
export async function colours(page, clip) {
  const picture = await page.screenshot({ clip });
  return page.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size;
  }, `data:image/png;base64,${picture.toString("base64")}`);
}
