import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { openCatalog } from "../../../src/hosts/node.ts";
import { describeWith, outputOf } from "../../components.ts";
import { type Chromium, HOST_PAGE, pageScript, startChromium } from "./chromium.ts";
import { openPageScripts } from "./page-scripts.ts";

/** A worker that keeps a catalog itself, without another one. */
const OWN_WORKER = `
  import { openCatalog } from "/dist/browser.mjs";
  const catalog = await openCatalog({ catalog: { path: "own-worker.sqlite" } });
  await catalog.ingest(new Response("hello"), { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" });
  const { documents } = await catalog.stats();
  await catalog.close();
  postMessage(documents);`;

describeWith("chromium", "Host browser in Chromium", ({ program }) => {
  let browser: Chromium;
  let page: Page;
  let folder = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "content-catalog-browser-"));
    const { dist, coverage } = await openPageScripts();
    browser = await startChromium(
      program,
      new Map([
        ...dist,
        ...HOST_PAGE,
        ["/own-worker.mjs", pageScript(OWN_WORKER)],
        ["/paper.txt", { type: "text/plain", body: "hello" }],
      ]),
      coverage,
    );
  });
  beforeEach(async () => {
    page = await browser.openHost();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  it("keeps what a fetch brought, and finds it after the page was loaded again", async () => {
    const stored = await page.evaluate(async () => {
      const catalog = await host.openCatalog({ catalog: { path: "state/kept.sqlite" }, storage: { layout: "cas" } });
      const meta = { artifactId: "doi:10.1/x", sourceUrl: "https://example.org/x", resolver: "unpaywall" };
      const { outcome, record } = await catalog.ingest(await fetch("/paper.txt"), meta);
      await catalog.close();
      return { outcome, ...record };
    });
    expect(stored).toMatchObject({ outcome: "created", contentType: "text/plain", bytes: 5 });
    await page.reload();
    await page.waitForFunction(() => "host" in globalThis);
    const found = await page.evaluate(async () => {
      const catalog = await host.openCatalog({ catalog: { path: "state/kept.sqlite" }, mode: "read" });
      const records = [];
      for await (const record of catalog.search({ resolver: "unpaywall" })) records.push(record);
      await catalog.close();
      let directory = await navigator.storage.getDirectory();
      const names = (records[0]?.storageUri ?? "").replace("file:///", "").split("/");
      for (const name of names.slice(0, -1)) directory = await directory.getDirectoryHandle(name);
      const file = await (await directory.getFileHandle(names.at(-1) ?? "")).getFile();
      return { ids: records.map(({ id }) => id), text: await file.text() };
    });
    expect(found).toEqual({ ids: [stored.id], text: "hello" });
  });

  it("shows what is in a catalog that Node made", async () => {
    const path = join(folder, "node.sqlite");
    const registrations = [1, 2, 3].map((index) => ({
      ...{ artifactId: `doi:10.1/${index}`, sourceUrl: `https://example.org/${index}`, resolver: "unpaywall" },
      ...{ bytes: index, storageUri: `s3://papers/${index}`, contentType: "application/pdf" },
    }));
    const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: folder } });
    await catalog.registerMany(registrations);
    const found: unknown[] = [];
    for await (const record of catalog.search({ minBytes: 2 })) found.push(record);
    const expected = { found, shown: await catalog.getById(1) };
    await catalog.close();
    const shown = await page.evaluate(async (base64) => {
      const file = new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], "catalog.sqlite");
      const opened = await host.openCatalog({ file });
      const records = [];
      for await (const record of opened.search({ minBytes: 2 })) records.push(record);
      const answer = { found: records, shown: await opened.getById(1) };
      const meta = { artifactId: "a", sourceUrl: "b", resolver: "c", bytes: 1, storageUri: "s3://papers/d" };
      const refused = await opened.registerOrGet(meta).then(String, (error) => [error.name, error.code, error.hint]);
      await opened.close();
      return { ...answer, refused };
    }, readFileSync(path).toString("base64"));
    expect(shown).toEqual({ ...expected, refused: ["CatalogError", "READ_ONLY", expect.any(String)] });
  });

  it("exports a catalog that Node reads", async () => {
    const bytes = await exportedBytes(page);
    const path = join(folder, "exported.sqlite");
    writeFileSync(path, bytes);
    const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: folder }, mode: "read" });
    expect((await catalog.listByArtifact("doi:10.1/y")).map(({ bytes: size }) => size)).toEqual([5]);
    await catalog.close();
  });

  describeWith("sqlite3", "and the sqlite3 shell", (shell) => {
    it("reads what was exported", async () => {
      const path = join(folder, "exported-again.sqlite");
      writeFileSync(path, await exportedBytes(page));
      const sql = "PRAGMA integrity_check; SELECT artifact_id, bytes FROM documents";
      expect(outputOf(shell, ["-readonly", path, sql])).toBe("ok\ndoi:10.1/y|5\n");
    });
  });

  it("loses no row of two pages that write at once", async () => {
    const pages = [page, await browser.openHost()];
    const ids = await Promise.all(
      pages.map((each, number) =>
        each.evaluate(async (own) => {
          const added: number[] = [];
          for (let opening = 0; opening < 2; opening += 1) {
            const catalog = await host.openCatalog({ catalog: { path: "two.sqlite", busyTimeout: 60_000 } });
            for (let row = 0; row < 6; row += 1) {
              const artifactId = `${own}-${opening}-${row}`;
              const meta = { artifactId, sourceUrl: `https://example.org/${artifactId}`, resolver: "r" };
              added.push((await catalog.ingest(new Response(`bytes ${row}`), meta)).record.id);
            }
            await catalog.close();
          }
          return added;
        }, number),
      ),
    );
    const [first, second] = ids;
    expect(new Set(ids.flat()).size).toBe(24);
    const found = await page.evaluate(async () => {
      const catalog = await host.openCatalog({ catalog: { path: "two.sqlite" }, mode: "read" });
      const records = [];
      for await (const record of catalog.search()) records.push(record.id);
      await catalog.close();
      return records.sort((one, other) => one - other);
    });
    expect(found).toEqual([...(first ?? []), ...(second ?? [])].sort((one, other) => one - other));
  });

  it("goes on at once when a page was closed in the middle of its work", async () => {
    const gone = await browser.openHost();
    const written = await gone.evaluate(async () => {
      const catalog = await host.openCatalog({ catalog: { path: "gone.sqlite" } });
      const meta = { artifactId: "first", sourceUrl: "https://example.org/first", resolver: "r" };
      await catalog.ingest(new Response("hello"), meta);
      // Left without an answer, and without closing anything.
      for (let row = 0; row < 20; row += 1) {
        void catalog.ingest(new Response(`bytes ${row}`), { ...meta, artifactId: `row-${row}` });
      }
      return (await catalog.stats()).documents;
    });
    expect(written).toBeGreaterThanOrEqual(1);
    await gone.close();
    const outcome = await page.evaluate(async () => {
      const catalog = await host.openCatalog({ catalog: { path: "gone.sqlite" } });
      const meta = { artifactId: "second", sourceUrl: "https://example.org/second", resolver: "r" };
      const { outcome: answer } = await catalog.ingest(new Response("hello"), meta);
      const found = (await catalog.listByArtifact("first")).length;
      await catalog.close();
      return [answer, found];
    });
    expect(outcome).toEqual(["created", 1]);
  });

  it("stops a search that nobody wants any more, and calls that are aborted", async () => {
    const result = await page.evaluate(async () => {
      const catalog = await host.openCatalog({ files: "memory" });
      const registrations = Array.from({ length: 500 }, (_, index) => ({
        ...{ artifactId: `a-${index}`, sourceUrl: `https://example.org/${index}`, resolver: "r" },
        ...{ bytes: index, storageUri: `s3://papers/${index}` },
      }));
      await catalog.registerMany(registrations);
      let seen = 0;
      for await (const _record of catalog.search()) {
        seen += 1;
        if (seen === 3) break;
      }
      const controller = new AbortController();
      const reason = new Error("enough");
      // What comes first takes a while, and what waits behind it is told to stop.
      const first = catalog.registerMany(registrations.map((each) => ({ ...each, resolver: "other" })));
      const second = catalog.registerMany(registrations, { signal: controller.signal });
      controller.abort(reason);
      const caught = await second.catch((error) => error);
      await first;
      await catalog.close();
      const closed = await catalog.stats().then(String, (error) => error.code);
      return { seen, same: caught === reason, closed };
    });
    expect(result).toEqual({ seen: 3, same: true, closed: "CLOSED" });
  });

  it("opens a catalog in a worker of the page's own", async () => {
    const documents = await page.evaluate(
      () =>
        new Promise((resolve, reject) => {
          const worker = new Worker("/own-worker.mjs", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
        }),
    );
    expect(documents).toBe(1);
  });

  it("says what to do when there is no worker to start", async () => {
    const error = await page.evaluate(() =>
      host.openCatalog({ worker: "/no-such-script.mjs" }).then(String, ({ code, hint }) => ({ code, hint })),
    );
    expect(error).toEqual({ code: "UNAVAILABLE", hint: expect.stringContaining("browser-worker.mjs") });
  });
});

/** The bytes of a catalog with one document. */
async function exportedBytes(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const catalog = await host.openCatalog({ catalog: { path: "exported.sqlite" } });
    const meta = { artifactId: "doi:10.1/y", sourceUrl: "https://example.org/y", resolver: "unpaywall" };
    await catalog.ingest(new Response("hello"), meta);
    const exported = await catalog.exportFile();
    await catalog.close();
    return btoa(Array.from(exported, (byte) => String.fromCharCode(byte)).join(""));
  });
  return Buffer.from(base64, "base64");
}
