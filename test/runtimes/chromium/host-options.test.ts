import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { describeWith } from "../../components.ts";
import { type Chromium, HOST_PAGE, pageScript, startChromium } from "./chromium.ts";
import { openPageScripts } from "./page-scripts.ts";

/** A worker that does its work for a while. */
const FAILING_WORKER = `
  import "/dist/browser-worker.mjs";
  addEventListener("message", ({ data }) => {
    if (data === "fail") throw new Error("on purpose");
  });`;

describeWith("chromium", "Host browser with other options", ({ program }) => {
  let browser: Chromium;
  let page: Page;

  beforeAll(async () => {
    const { dist, coverage } = await openPageScripts();
    const files = [...dist, ...HOST_PAGE, ["/failing-worker.mjs", pageScript(FAILING_WORKER)]] as const;
    browser = await startChromium(program, new Map(files), coverage);
  });
  beforeEach(async () => {
    page = await browser.openHost();
  });
  afterAll(() => browser.close());

  it("opens bytes, a buffer, a file and a Response, and changes none of them", async () => {
    const found = await page.evaluate(async () => {
      const catalog = await host.openCatalog({ files: "memory" });
      const meta = { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" };
      await catalog.ingest(new Response("hello"), meta);
      const bytes = await catalog.exportFile();
      await catalog.close();
      const copy = Uint8Array.from(bytes);
      const documents = [];
      for (const file of [bytes, copy.buffer, new Blob([copy]), new File([copy], "name"), new Response(copy)]) {
        const opened = await host.openCatalog({ file, mode: "write" });
        await opened.remove([1]);
        await opened.close();
        const again = await host.openCatalog({ file: bytes });
        documents.push((await again.stats()).documents);
        await again.close();
      }
      return documents;
    });
    expect(found).toEqual([1, 1, 1, 1, 1]);
  });

  it("refuses a Response without success, half a one, and what is no file", async () => {
    const errors = await page.evaluate(async () => {
      const files = [
        new Response("gone", { status: 404 }),
        new Response("half", { status: 206 }),
        JSON.parse('"text"'),
      ];
      const bytes = new Uint8Array(9);
      const calls = [
        ...files.map((file) => host.openCatalog({ file })),
        host.openCatalog({ file: bytes, catalog: false }),
        host.openCatalog({ file: bytes, files: "opfs" }),
        host.openCatalog({ file: bytes }),
      ];
      return Promise.all(calls.map((call) => call.then(String, ({ name, code = name }) => code)));
    });
    expect(errors).toEqual(["REFUSED", "REFUSED", "TypeError", "TypeError", "TypeError", "CORRUPT"]);
  });

  it("takes the WebAssembly by URL, as bytes and as a buffer, and the worker by URL", async () => {
    const documents = await page.evaluate(async () => {
      const url = "/dist/sql-wasm.wasm";
      const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
      const worker = "/dist/browser-worker.mjs";
      const options = [{ wasm: url }, { wasm: new URL(url, location.href) }, { wasm: bytes }, { wasm: bytes.buffer }];
      const found = [];
      for (const each of [...options, { worker }, { worker: new URL(worker, location.href) }]) {
        const catalog = await host.openCatalog({ files: "memory", ...each });
        found.push((await catalog.stats()).documents);
        await catalog.close();
      }
      return found;
    });
    expect(documents).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("leaves a worker alone that it was given", async () => {
    const documents = await page.evaluate(async () => {
      const worker = new Worker("/dist/browser-worker.mjs", { type: "module" });
      worker.postMessage("no greeting");
      const found = [];
      for (let opening = 0; opening < 2; opening += 1) {
        const catalog = await host.openCatalog({ catalog: { path: "given-worker.sqlite" }, worker });
        const meta = { artifactId: `a-${opening}`, sourceUrl: "https://example.org/a", resolver: "r" };
        await catalog.ingest(new Response("hello"), meta);
        found.push((await catalog.stats()).documents);
        await catalog.close();
        await catalog.close();
      }
      worker.terminate();
      return found;
    });
    expect(documents).toEqual([1, 2]);
  });

  it("works in the page itself with files in memory, and says that others need a worker", async () => {
    const outcome = await page.evaluate(async () => {
      const catalog = await host.openCatalog({ files: "memory", worker: false });
      const meta = { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" };
      const { outcome: answer } = await catalog.ingest(new Response("hello"), meta);
      await catalog.close();
      const refused = await host.openCatalog({ worker: false }).then(String, ({ code, hint }) => ({ code, hint }));
      return { answer, refused };
    });
    const hint = expect.stringContaining("dedicated worker");
    expect(outcome).toEqual({ answer: "created", refused: { code: "UNSUPPORTED", hint } });
  });

  it("exports no file that is not whole, or not there", async () => {
    const errors = await page.evaluate(async () => {
      const none = await host.openCatalog({ catalog: false });
      const codes = [await none.exportFile().then(String, ({ code }) => code)];
      await none.close();
      const catalog = { path: "pending.sqlite" };
      const writer = await host.openCatalog({ catalog });
      const meta = { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" };
      await writer.ingest(new Response("hello"), meta);
      const reader = await host.openCatalog({ catalog, mode: "read" });
      codes.push(await reader.exportFile().then(String, ({ code, hint }) => `${code}: ${hint}`));
      await writer.close();
      const { byteLength } = await reader.exportFile();
      await reader.close();
      return [...codes, byteLength > 0];
    });
    expect(errors).toEqual(["UNSUPPORTED", expect.stringMatching(/^READ_ONLY: .*mode: "write"/), true]);
  });

  it("tells the logger of the page what the worker has to say", async () => {
    const lines = await page.evaluate(async () => {
      const options = { catalog: { path: "logged/c.sqlite" } };
      await (await host.openCatalog(options)).close();
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("logged");
      const log = await (await folder.getFileHandle("c.sqlite.oplog", { create: true })).createWritable();
      await log.write("torn");
      await log.close();
      const said: unknown[] = [];
      const logger = { log: (...line: readonly unknown[]) => said.push(line) };
      const catalog = await host.openCatalog({ ...options, logger });
      await catalog.ingest(new Response("hello"), {
        artifactId: "a",
        sourceUrl: "https://example.org/a",
        resolver: "r",
      });
      await catalog.close();
      return said;
    });
    expect(lines).toContainEqual([
      "warn",
      "replacing a log that was never completed",
      { path: "/logged/c.sqlite.oplog" },
    ]);
  });

  it("fails what is under way, and all that comes, when its worker does", async () => {
    const errors = await page.evaluate(async () => {
      const worker = new Worker("/failing-worker.mjs", { type: "module" });
      const catalog = await host.openCatalog({ files: "memory", worker });
      worker.postMessage("fail");
      const told = new Promise<void>((resolve) => {
        worker.onerror = (event) => {
          event.preventDefault();
          resolve();
        };
      });
      const registrations = Array.from({ length: 2000 }, (_, index) => ({
        ...{ artifactId: `a-${index}`, sourceUrl: "https://example.org/a", resolver: "r" },
        ...{ bytes: index, storageUri: `s3://papers/${index}` },
      }));
      const underWay = catalog.registerMany(registrations).then(String, (error) => [error.code, error.message]);
      await told;
      const later = catalog.stats().then(String, (error) => error.code);
      await catalog.close().catch(() => {});
      return [await underWay, await later];
    });
    expect(errors).toEqual([["UNAVAILABLE", expect.stringContaining("on purpose")], "UNAVAILABLE"]);
  });

  it("serves no page of another version, and no catalog before its files are open", async () => {
    const names = await page.evaluate(async () => {
      const worker = new Worker("/dist/browser-worker.mjs", { type: "module" });
      const ask = (version: number, method: string, values: unknown): Promise<unknown> =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data }) => resolve(data.failure?.code ?? data.failure?.name);
          worker.postMessage({ contentCatalog: version }, [port2]);
          port1.postMessage({ call: 0, target: 0, method, values });
        });
      const answers = [await ask(0, "open", [{ files: "memory", wasm: "" }]), await ask(1, "openSql", [{}, "read"])];
      worker.terminate();
      return answers;
    });
    expect(names).toEqual(["UNSUPPORTED", "TypeError"]);
  });
});
