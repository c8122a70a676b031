// The router's page: the built page from `/pages/router/`, the real function, Helsinki's streets.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { colours, DESKTOP, launch, PHONE, program, visit } from "./browser.mjs";
import { up } from "./host.mjs";

const ROUTE = "from=60.17785,24.93790&to=60.16560,24.95100";
const MAP = { x: 400, y: 100, width: 700, height: 600 };
/** What the browser itself says of an answer that is no success. */
const REFUSED = "Failed to load resource";

let host;
let browser;
let url;
let api;
let city;

before(async () => {
  assert.ok(program(), "no Chromium is installed: apt-get install chromium, or name one in CHROMIUM");
  host = await up("systems/router/template.yaml");
  url = host.pages.router;
  api = (await (await fetch(`${url}ferry.json`)).json()).apis.RouterApi;
  const { cities } = await (await fetch(`${api}/cities`)).json();
  city = cities[0];
  browser = await launch();
});

after(async () => {
  await browser?.close();
  assert.equal(await host?.stop(), 0, "ferry up did not end cleanly");
});

const open = (hash, options, use, expected) => visit(browser, url + hash, options, use, expected);

/** The page is ready to be used. */
async function ready(page) {
  await page.locator("#city option").first().waitFor({ state: "attached" });
  await page.locator(".maplibregl-canvas").waitFor();
}

/** A route is shown, and nothing is under way. */
async function settled(page) {
  await page.locator('#route[aria-busy="false"] #minutes').waitFor();
}

const kilometres = (page) => page.locator("#kilometres").textContent();
const isRoute = (request) => request.method() === "POST" && new URL(request.url()).pathname === "/route";
const asked = (request) => JSON.parse(request.postData());

/** What the API says, asked beside the page. */
async function route(question) {
  const reply = await fetch(`${api}/route`, { method: "POST", body: JSON.stringify({ format: "geojson", ...question }) });
  assert.equal(reply.status, 200);
  return reply.json();
}

/** The slider's way on the screen: the middle of its thumb at a value. */
async function thumb(page, value) {
  const box = await page.locator("#comfort").boundingBox();
  return [box.x + 12 + (box.width - 24) * value, box.y + box.height / 2];
}

test("the map is drawn from the router's own tiles", async () => {
  await open("", DESKTOP, async (page, requests) => {
    await ready(page);
    await page.waitForResponse((reply) => reply.url().includes(`/tiles/${city.name}/`) && reply.status() === 200);
    await page.waitForLoadState("networkidle");
    // The frame after the last tile.
    await page.waitForFunction(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true)))));
    await assert.doesNotReject(async () => {
      for (let tries = 0; (await colours(page, MAP)) < 20; tries += 1) {
        assert.ok(tries < 40, "the map stays blank");
        await page.waitForTimeout(250);
      }
    });
    const tiles = requests.filter((request) => request.url().includes("/tiles/"));
    assert.ok(tiles.length > 0);
    for (const tile of tiles) assert.ok([200, 204].includes((await tile.response())?.status()), tile.url());
    assert.match(await page.locator("#route").textContent(), /Two places make a route/);
    assert.equal(await page.locator("#city").inputValue(), city.name);
  });
});

test("two clicks make a route, a right click a stop", async () => {
  await open("", DESKTOP, async (page) => {
    await ready(page);
    await page.mouse.click(700, 250);
    await page.locator(".pin.origin").waitFor();
    assert.match(await page.locator("#hint").textContent(), /where you are going/);
    await page.mouse.click(850, 560);
    await settled(page);
    const direct = await kilometres(page);
    assert.match(direct, /^[\d.]+ k?m/);
    assert.ok((await page.locator("#chart svg rect").count()) > 0, "no profile");
    assert.match(await page.locator("#steps summary").textContent(), /Steps \(\d+\)/);
    await page.mouse.click(620, 500, { button: "right" });
    await page.locator(".pin.via").waitFor();
    await page.waitForFunction((before) => document.querySelector("#kilometres")?.textContent !== before, direct);
    assert.match(new URL(page.url()).hash, /via=60\.\d{5},24\.\d{5}/);
    await page.getByRole("button", { name: "Remove stop 1" }).click();
    await page.waitForFunction((before) => document.querySelector("#kilometres")?.textContent === before, direct);
  });
});

test("dragging the slider redraws the route and ends at the last value", async () => {
  await open(`#${ROUTE}&comfort=0.5`, DESKTOP, async (page, requests) => {
    await ready(page);
    await settled(page);
    let underWay = 0;
    let most = 0;
    let delayed = 0;
    await page.route("**/route", async (intercepted) => {
      underWay += 1;
      most = Math.max(most, underWay);
      // The first answers are the slowest: were they not waited for, they would come last.
      await new Promise((done) => setTimeout(done, Math.max(0, 300 - 60 * delayed++)));
      const answer = await intercepted.fetch();
      underWay -= 1;
      await intercepted.fulfill({ response: answer });
    });
    const before = requests.filter(isRoute).length;
    await page.mouse.move(...(await thumb(page, 0.5)));
    await page.mouse.down();
    for (let step = 0; step <= 30; step += 1) {
      await page.mouse.move(...(await thumb(page, 0.5 - step / 60)));
      await page.waitForTimeout(15);
    }
    const during = requests.filter(isRoute).length - before;
    await page.mouse.move(...(await thumb(page, 1)), { steps: 12 });
    await page.mouse.up();
    await settled(page);
    const value = Number(await page.locator("#comfort").inputValue());
    assert.equal(value, 1);
    const last = asked(requests.filter(isRoute).at(-1));
    assert.equal(last.comfort, value, "the last question is the last value");
    assert.ok(during >= 2, `only ${during} routes were asked for while dragging`);
    assert.equal(most, 1, "two questions were under way at once");
    const wanted = await route({ origin: [60.17785, 24.9379], destination: [60.1656, 24.951], comfort: 1 });
    const shown = await page.locator("#chart svg").getAttribute("aria-valuemax");
    assert.equal(shown, String(Math.round(wanted.total_length_m)), "the route shown is the last value's");
    assert.match(new URL(page.url()).hash, /comfort=1\.00/);
  });
});

test("alternatives are shown and chosen", async () => {
  await open(`#${ROUTE}&comfort=0.5`, DESKTOP, async (page) => {
    await ready(page);
    await settled(page);
    const { alternatives } = await route({ origin: [60.17785, 24.9379], destination: [60.1656, 24.951], alternatives: true });
    const buttons = page.locator("#choices button");
    await buttons.first().waitFor();
    assert.equal(await buttons.count(), alternatives.length);
    const last = alternatives.at(-1);
    await buttons.last().click();
    await settled(page);
    await page.locator('#choices button:last-child[aria-pressed="true"]').waitFor();
    assert.equal(await page.locator("#chart svg").getAttribute("aria-valuemax"), String(Math.round(last.total_length_m)));
    assert.equal(Number(await page.locator("#comfort").inputValue()), last.comfort);
    assert.match(new URL(page.url()).hash, new RegExp(`show=${last.label}`));
  });
});

test("the address restores what was seen", async () => {
  const hash = `#city=${city.name}&${ROUTE}&via=60.17200,24.94500&comfort=0.80&layers=stress,reach`;
  await open(hash, DESKTOP, async (page, requests) => {
    await ready(page);
    await settled(page);
    assert.equal(await page.locator("#place-origin").inputValue(), "60.17785, 24.93790");
    assert.equal(await page.locator("#place-via-0-").inputValue(), "60.17200, 24.94500");
    assert.equal(await page.locator("#place-destination").inputValue(), "60.16560, 24.95100");
    assert.equal(await page.locator("#comfort").inputValue(), "0.8");
    assert.ok(await page.locator("#layer-stress").isChecked());
    assert.ok(await page.locator("#layer-reach").isChecked());
    assert.equal(new URL(page.url()).hash, hash);
    const question = asked(requests.find(isRoute));
    assert.deepEqual([question.via, question.comfort], [[[60.172, 24.945]], 0.8]);
    // Somebody else's link in the same window.
    await page.evaluate((link) => (location.hash = link), `#${ROUTE}&comfort=0.20`);
    await page.waitForFunction(() => document.querySelector("#comfort").value === "0.2");
    await settled(page);
    assert.equal(await page.locator(".pin.via").count(), 0);
  });
});

test("everything can be done with the keyboard", async () => {
  await open("", DESKTOP, async (page) => {
    await ready(page);
    await page.locator("#place-origin").focus();
    await page.keyboard.type("60.17785, 24.93790");
    await page.keyboard.press("Enter");
    for (let tabs = 0; (await page.evaluate(() => document.activeElement.id)) !== "place-destination"; tabs += 1) {
      assert.ok(tabs < 4, "the destination is not reached by Tab");
      await page.keyboard.press("Tab");
    }
    await page.keyboard.type("60.1656 24.951");
    await page.keyboard.press("Enter");
    await settled(page);
    for (let tabs = 0; (await page.evaluate(() => document.activeElement.id)) !== "comfort"; tabs += 1) {
      assert.ok(tabs < 6, "the slider is not reached by Tab");
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("End");
    await page.waitForFunction(() => location.hash.includes("comfort=1.00"));
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(() => location.hash.includes("comfort=0.99"));
    await settled(page);
    await page.locator("#chart svg").focus();
    await page.keyboard.press("ArrowRight");
    assert.match(await page.locator("#chart .said").textContent(), /m · /);
    await page.locator(".dot").waitFor();
    const before = new URL(page.url()).hash;
    await page.locator(".pin.destination").focus();
    await page.keyboard.press("Shift+ArrowLeft");
    await page.waitForFunction((hash) => location.hash !== hash, before);
    await settled(page);
    await page.keyboard.press("Delete");
    assert.equal(await page.locator("#place-destination").inputValue(), "");
    assert.equal(await page.locator(".pin.destination").count(), 0);
  });
});

test("every control has a name", async () => {
  await open(`#${ROUTE}`, DESKTOP, async (page) => {
    await ready(page);
    await settled(page);
    const nameless = await page.evaluate(() => {
      const controls = [...document.querySelectorAll("button, input, select, [role=button], [role=slider], [role=img]")];
      const named = (element) =>
        element.getAttribute("aria-label") || element.textContent.trim() || [...(element.labels ?? [])].some((label) => label.textContent.trim()) || element.title;
      return controls.filter((element) => !named(element)).map((element) => element.outerHTML);
    });
    assert.deepEqual(nameless, []);
  });
});

test("layers: crashes where there are any, and how far one gets", async () => {
  await open(`#${ROUTE}`, DESKTOP, async (page, requests) => {
    await ready(page);
    await settled(page);
    assert.equal(await page.locator("#layer-crashes").isEnabled(), city.crashes > 0);
    const reached = page.waitForResponse((reply) => new URL(reply.url()).pathname === "/isochrone" && reply.request().method() === "POST");
    await page.locator("#layer-reach").check();
    assert.equal((await reached).status(), 200);
    await page.locator("#layer-stress").check();
    await page.waitForFunction(() => location.hash.includes("layers=stress,reach"));
    assert.ok(await page.locator("#reach-error").isHidden());
    assert.deepEqual(asked(requests.find((request) => request.url().endsWith("/isochrone"))).minutes, [5, 10, 15]);
  });
});

test("a phone has a sheet that opens, and taps set places", async () => {
  await open("", PHONE, async (page) => {
    await ready(page);
    await page.touchscreen.tap(170, 150);
    await page.locator(".pin.origin").waitFor();
    await page.touchscreen.tap(220, 330);
    await settled(page);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "the page is wider than the phone");
    const height = async () => (await page.locator("#panel").boundingBox()).height;
    const half = await height();
    await page.locator("#sheet").tap();
    await page.waitForFunction((before) => document.querySelector("#panel").getBoundingClientRect().height < before, half);
    assert.equal(await page.locator("#sheet").getAttribute("aria-expanded"), "false");
    await page.locator("#sheet").tap();
    assert.equal(await height(), half);
    const box = await page.locator("#sheet").boundingBox();
    await page.mouse.move(box.x + 195, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + 195, 60, { steps: 5 });
    await page.mouse.up();
    assert.ok((await height()) > half, "the sheet does not follow the finger");
  });
});

test("what the router refuses is said beside what it is about", async () => {
  const far = "#from=60.17785,24.93790&to=60.30000,24.95100";
  await open(
    far,
    DESKTOP,
    async (page) => {
      await ready(page);
      await page.locator("#place-destination-error").filter({ hasText: "No street of this city is near this place." }).waitFor();
      assert.equal(await page.locator("#place-destination").getAttribute("aria-invalid"), "true");
      assert.ok(await page.locator("#place-origin-error").isHidden());
      await page.locator("#place-destination").fill("somewhere");
      await page.keyboard.press("Enter");
      await page.locator("#place-destination-error").filter({ hasText: "Write latitude and longitude" }).waitFor();
      await page.locator("#place-destination").fill("60.1656, 24.951");
      await page.keyboard.press("Enter");
      await settled(page);
      assert.ok(await page.locator("#place-destination-error").isHidden());
    },
    [REFUSED],
  );
});

test("a router that is away is said, and asked again", async () => {
  await open(
    "",
    DESKTOP,
    async (page) => {
      await ready(page);
      await page.route("**/route", (intercepted) => intercepted.abort());
      await page.mouse.click(700, 250);
      await page.mouse.click(850, 560);
      await page.locator("#route-error").filter({ hasText: "The router cannot be reached" }).waitFor();
      await page.unroute("**/route");
      await page.locator("#retry").click();
      await settled(page);
    },
    [REFUSED],
  );
});

test("light and dark follow the system", async () => {
  const ground = (scheme) =>
    open("", { ...DESKTOP, colorScheme: scheme }, async (page) => {
      await ready(page);
      return page.evaluate(() => getComputedStyle(document.querySelector("#panel")).backgroundColor);
    });
  assert.notEqual(await ground("light"), await ground("dark"));
});
