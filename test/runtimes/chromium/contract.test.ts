import { afterAll, beforeAll, describe, it } from "vitest";
import { describeWith } from "../../components.ts";
import { type Chromium, pageWith, startChromium } from "./chromium.ts";
import { openPageScripts } from "./page-scripts.ts";
import { testInPage } from "./page-suites.ts";
import { type CaseResults, collectCases, type NamedCase } from "./run-cases.ts";
import { testInWorker } from "./worker-suites.ts";

/** The suites take as long as all of their cases, and run as one. */
const SUITES_MS = 300_000;

/** Shows what the cases came to that a browser has run: they are known here by their names only. */
function showResults(cases: readonly NamedCase[], results: () => CaseResults): void {
  for (const { name } of cases) {
    it(name, () => {
      const result = results()[name];
      if (result !== null) throw new Error(result ?? "the browser did not run this");
    });
  }
}

describeWith("chromium", "Chromium", ({ program }) => {
  let browser: Chromium;
  let inWorker: CaseResults = {};
  let inPage: CaseResults = {};

  beforeAll(async () => {
    const { dist, bundle, coverage } = await openPageScripts();
    browser = await startChromium(
      program,
      new Map([
        ...dist,
        ["/", pageWith("/page.mjs")],
        ["/page.mjs", await bundle("test/runtimes/chromium/suites-in-page.ts")],
        ["/worker.mjs", await bundle("test/runtimes/chromium/suites-in-worker.ts")],
        ["/dying-worker.mjs", await bundle("test/runtimes/chromium/opfs/dying-worker.ts")],
      ]),
      coverage,
    );
    const page = await browser.open("/");
    inWorker = await page.evaluate(
      () =>
        new Promise<CaseResults>((resolve, reject) => {
          const worker = new Worker("/worker.mjs", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
        }),
    );
    inPage = await page.evaluate(() => Reflect.get(globalThis, "runInPage")());
  }, SUITES_MS);
  afterAll(() => browser.close());

  describe("in a worker", () => showResults(collectCases(testInWorker), () => inWorker));
  describe("in a page", () => showResults(collectCases(testInPage), () => inPage));
});
