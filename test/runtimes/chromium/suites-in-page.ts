import { openPagePorts, testInPage } from "./page-suites.ts";
import { type CaseResults, collectCases, runCases } from "./run-cases.ts";

/** Runs the suites of the page. */
async function runInPage(): Promise<CaseResults> {
  const script = "/dist/browser.mjs";
  const { openCatalog }: typeof import("../../../src/hosts/browser.ts") = await import(script);
  const ports = await openPagePorts();
  try {
    return await runCases(collectCases((runner) => testInPage(runner, { openCatalog, ports })));
  } finally {
    await ports.close();
  }
}

Object.assign(globalThis, { runInPage });
