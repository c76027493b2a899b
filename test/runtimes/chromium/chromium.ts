import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { COVERAGE_PATH } from "./coverage-path.ts";
import type { PageScripts } from "./page-scripts.ts";
import type {} from "./tell-coverage.ts";

/** What pages are served with: nothing inline, no `eval`, no `blob:` workers; WebAssembly may be compiled. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'self'";

/** A file that the server has. */
export interface ServedFile {
  readonly body: string | Uint8Array;
  readonly type: string;
}

/** Files by path, like `/app.mjs`. */
export type ServedFiles = ReadonlyMap<string, ServedFile>;

/** A Chromium with a profile of its own, and a server that has one origin. */
export interface Chromium {
  readonly origin: string;
  /** A new tab; what the page fails with makes {@link close} fail. */
  open(path: string): Promise<Page>;
  /** A new tab with {@link HOST_PAGE}. */
  openHost(): Promise<Page>;
  close(): Promise<void>;
}

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts a server for `files` and a Chromium; `coverage` is told what counters in the scripts came to. */
export async function startChromium(
  program: string,
  files: ServedFiles,
  coverage?: PageScripts["coverage"],
): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), "content-catalog-chromium-"));
  const server = await serve(files, coverage);
  const { port } = server.address() as AddressInfo;
  const context = await chromium.launchPersistentContext(profile, { executablePath: program, args: ARGUMENTS });
  const failures = watch(context);
  const open = async (path: string): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${port}${path}`);
    return page;
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    open,
    openHost: async () => {
      const page = await open("/");
      await page.waitForFunction(() => "host" in globalThis);
      return page;
    },
    close: async () => {
      await Promise.all(context.pages().map((page) => page.evaluate(() => globalThis.tellCoverage?.())));
      coverage?.write();
      await context.close();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      rmSync(profile, { recursive: true, force: true });
      if (failures.length > 0) throw new Error(`Pages failed:\n${failures.join("\n")}`);
    },
  };
}

async function serve(files: ServedFiles, coverage: PageScripts["coverage"]): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    if (coverage !== undefined && pathname === COVERAGE_PATH) {
      json(request).then((counts) => {
        coverage.add(Object(counts));
        response.writeHead(204).end();
      });
      return;
    }
    const found = files.get(pathname);
    response.writeHead(found === undefined ? 404 : 200, {
      "content-type": found?.type ?? "text/plain",
      "content-security-policy": CONTENT_SECURITY_POLICY,
    });
    response.end(found?.body ?? "not found");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}

/** Collects what pages complain about: uncaught errors, and what the policy forbade. */
function watch(context: BrowserContext): readonly string[] {
  const failures: string[] = [];
  context.on("weberror", (error) => failures.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error" && /content security policy/i.test(message.text())) failures.push(message.text());
  });
  return failures;
}

/** A page that loads one module. */
export function pageWith(script: string): ServedFile {
  const html = `<!doctype html><meta charset="utf-8"><title>test</title><script type="module" src="${script}"></script>`;
  return { body: html, type: "text/html" };
}

/** A script for pages and workers. */
export function pageScript(body: string): ServedFile {
  return { type: "text/javascript", body };
}

declare global {
  /** What {@link HOST_PAGE} gives the functions that tests run in it. */
  var host: typeof import("../../../src/hosts/browser.ts");
}

/** A page that has loaded the host of the package. */
export const HOST_PAGE: ServedFiles = new Map([
  ["/", pageWith("/host.mjs")],
  ["/host.mjs", pageScript('import * as host from "/dist/browser.mjs"; globalThis.host = host;')],
]);
