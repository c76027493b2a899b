import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import initSqlJs from "sql.js";
import { afterAll } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { openSqlJsEngine } from "../../../src/adapters/sql/oplog/open.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import type { CatalogContext } from "../../../src/catalog/context.ts";
import { APPLICATION_ID } from "../../../src/catalog/format.ts";
import { importManifest } from "../../../src/catalog/import/import-manifest.ts";
import type { ImportFinding, ImportOptions, ImportSummary } from "../../../src/catalog/import/import-options.ts";
import { MIGRATIONS } from "../../../src/catalog/migrations.gen.ts";
import { noProcesses } from "../../../src/hosts/engine/no-processes.ts";
import type { SqlRow } from "../../../src/ports/sql.ts";

/** The digest of "hello\n". */
export const HELLO_SHA256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

/** A line of the downloader about the file `files/<name>`, which holds "hello\n", with what `change` says. */
export function outcomeOf(name: string, change: Record<string, unknown> = {}): string {
  return JSON.stringify({
    record_type: "manifest",
    schema_version: 5,
    timestamp: "2025-01-01T00:00:00Z",
    run_id: "run-1",
    work_id: `id:${name}`,
    resolver: "crossref",
    url: `https://example.org/${name}`,
    path: `files/${name}`,
    classification: "pdf",
    content_type: "text/plain",
    html_paths: [],
    sha256: HELLO_SHA256,
    content_length: 6,
    dry_run: false,
    ...change,
  });
}

/** What came of an import. */
export interface ScratchResult {
  readonly summary: ImportSummary;
  readonly findings: readonly ImportFinding[];
}

/** A real folder with downloads, and a catalog in memory. */
export interface Scratch {
  /** Absolute. */
  readonly folder: string;
  readonly context: CatalogContext;
  /** Writes files below the folder; a text that is not given is "hello\n". */
  write(...files: readonly (string | readonly [name: string, content: string | Uint8Array])[]): void;
  /** Writes the lines to `manifest.jsonl` and imports it. */
  import(lines: readonly string[], options?: ImportOptions): Promise<ScratchResult>;
  /** Imports `manifest.jsonl` as it is. */
  importAgain(options?: ImportOptions): Promise<ScratchResult>;
  query(sql: string): Promise<readonly SqlRow[]>;
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Makes a {@link Scratch}; `ports` take the place of the usual ones. The folder is removed after the tests. */
export async function createScratch(ports: Partial<CatalogContext> = {}): Promise<Scratch> {
  const folder = mkdtempSync(join(tmpdir(), "content-catalog-scratch-"));
  folders.push(folder);
  const context = await createContext(ports);
  const scratch: Scratch = {
    folder,
    context,
    write: (...files) => {
      for (const file of files) {
        const [name, content] = typeof file === "string" ? [file, "hello\n"] : file;
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), content);
      }
    },
    import: (lines, options) => {
      writeFileSync(join(folder, "manifest.jsonl"), `${lines.join("\n")}\n`);
      return scratch.importAgain(options);
    },
    importAgain: async (options = {}) => {
      const findings: ImportFinding[] = [];
      const onFinding = (finding: ImportFinding): void => void findings.push(finding);
      const source = { path: join(folder, "manifest.jsonl") };
      return { summary: await importManifest(context, source, { onFinding, ...options }), findings };
    },
    query: (sql) => context.sql.query({ sql }),
  };
  return scratch;
}

async function createContext(ports: Partial<CatalogContext>): Promise<CatalogContext> {
  const sql = await openSqlJsEngine({
    sqljs: await initSqlJs(),
    fs: createMemoryFileSystem(),
    path: "/catalog.sqlite",
    mode: "create",
    migrations: MIGRATIONS,
    applicationId: APPLICATION_ID,
    clock: systemClock,
    entropy: webCryptoEntropy,
    processes: noProcesses,
  });
  return {
    sql,
    fs: createNodeFileSystem(),
    hashers: { core: createWasmHasher(), large: createNativeHasher() },
    clock: systemClock,
    entropy: webCryptoEntropy,
    processes: noProcesses,
    logger: { log: () => {} },
    telemetry: noTelemetry,
    ...ports,
  };
}
