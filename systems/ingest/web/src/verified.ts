// What the verifier found: whether both tables hold exactly the source.

import { make } from "./dom";
import type { Difference, Verified } from "./messages";
import { milliseconds, whole } from "./words";

export function verified(home: HTMLElement, result: Verified | null): void {
  if (!result) {
    home.replaceChildren(make("p", { class: "empty" }, "Reads both tables whole and the source, and compares every field of every item."));
    return;
  }
  const verdict = result.equal
    ? `Both tables hold exactly the ${whole(result.source.items)} items of ${result.source.key}.`
    : `The tables are not what ${result.source.key} says.`;
  const sides = [{ name: result.source.key, items: result.source.items, hash: result.source.hash, differing_items: null }, ...result.tables];
  const rows = sides.map((side) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, side.name),
      make("td", {}, whole(side.items)),
      make("td", {}, side.differing_items === null ? "the source" : whole(side.differing_items)),
      make("td", {}, make("code", { title: side.hash }, side.hash.slice(0, 12))),
    ),
  );
  const head = ["", "Items", "Differing", "Hash"].map((text) => make("th", { scope: "col" }, text));
  home.replaceChildren(
    make("p", { class: result.equal ? "verdict good" : "verdict bad" }, make("span", { "aria-hidden": "true" }, result.equal ? "✓" : "✗"), verdict),
    scroll("Sides compared", make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows))),
    ...(result.differences.length > 0 ? differences(result.differences) : []),
    make("p", { class: "note" }, `Read and compared in ${milliseconds(result.timings.total_ms)}.`),
  );
}

function differences(found: Difference[]): Node[] {
  const rows = found.map((one) =>
    make("tr", {}, make("th", { scope: "row" }, one.key), make("td", {}, one.field), side(one.left), make("td", {}, one.between[1]), side(one.right)),
  );
  const head = ["Key", "Field", "Source", "Table", "Holds"].map((text) => make("th", { scope: "col" }, text));
  return [make("h3", {}, "First differences"), scroll("First differences", make("table", { id: "differences" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)))];
}

function side(value: string | null): HTMLElement {
  return value === null ? make("td", { class: "missing" }, "nothing") : make("td", {}, value === "" ? make("em", {}, "empty") : value);
}

function scroll(name: string, table: HTMLElement): HTMLElement {
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, table);
}
