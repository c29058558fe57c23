// Judges pages of the site for accessibility, in a browser, by axe: WCAG 2.2 at level AA.
//
//   node tests/site/axe.mjs NODE_MODULES CHROMIUM SITE PAGE…

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const [modules, executablePath, site, ...pages] = process.argv.slice(2);
const require = createRequire(resolve(modules, "x.js"));
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf-8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
let faults = 0;
for (const page of pages) {
  for (const scheme of ["light", "dark"]) {
    const tab = await browser.newPage();
    const asked = [];
    tab.on("request", (request) => asked.push(request.url()));
    await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await tab.goto(pathToFileURL(resolve(site, page)).href);
    await tab.evaluate(axe);
    const found = await tab.evaluate((values) => window.axe.run({ runOnly: { type: "tag", values } }), tags);
    for (const one of found.violations) {
      faults += 1;
      console.log(`${page} (${scheme}): ${one.id}: ${one.help}: ${one.nodes[0].html.slice(0, 200)}`);
    }
    for (const url of asked.filter((url) => !/^(file|data):/.test(url))) {
      faults += 1;
      console.log(`${page}: loads ${url}`);
    }
    await tab.close();
  }
}
await browser.close();
console.log(`axe: ${pages.length} pages in two colour schemes, ${faults} faults`);
process.exit(faults ? 1 : 0);
