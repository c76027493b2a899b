import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, extname, join, sep } from "node:path";
import { build } from "esbuild";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { builtFile, ROOT } from "../../package/built-package.ts";

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

/** Starts a server for `files` and a Chromium. */
export async function startChromium(program: string, files: ServedFiles): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), "content-catalog-chromium-"));
  const server = createServer(({ url = "/" }, response) => {
    const found = files.get(new URL(url, "http://127.0.0.1").pathname);
    response.writeHead(found === undefined ? 404 : 200, {
      "content-type": found?.type ?? "text/plain",
      "content-security-policy": CONTENT_SECURITY_POLICY,
    });
    response.end(found?.body ?? "not found");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const context = await chromium.launchPersistentContext(profile, { executablePath: program, args: ARGUMENTS });
  const failures = watch(context);
  return {
    origin: `http://127.0.0.1:${port}`,
    open: async (path) => {
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${port}${path}`);
      return page;
    },
    close: async () => {
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

/** Collects what pages complain about: uncaught errors, and what the policy forbade. */
function watch(context: BrowserContext): readonly string[] {
  const failures: string[] = [];
  context.on("weberror", (error) => failures.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error" && /content security policy/i.test(message.text())) failures.push(message.text());
  });
  return failures;
}

/** A script of the repository with all it imports, as one module for browsers. */
export async function bundle(path: string): Promise<ServedFile> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, path)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["browser"],
    target: "es2022",
    logLevel: "error",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`Cannot bundle "${path}": nothing came out`);
  return { body: file.contents, type: "text/javascript" };
}

/** A page that loads one module. */
export function pageWith(script: string): ServedFile {
  const html = `<!doctype html><meta charset="utf-8"><title>test</title><script type="module" src="${script}"></script>`;
  return { body: html, type: "text/html" };
}

const TYPES: Readonly<Record<string, string>> = { ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** The built package, below `/dist`. */
export function servedDist(): ServedFiles {
  const dist = dirname(builtFile("browser.mjs"));
  const names = readdirSync(dist, { recursive: true, encoding: "utf8" });
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[extname(name)];
      const path = `/dist/${name.split(sep).join("/")}`;
      return type === undefined ? [] : [[path, { type, body: readFileSync(join(dist, name)) }]];
    }),
  );
}
