import { openFileBlobStore } from "../../../../src/adapters/blob/files.ts";
import { systemClock } from "../../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem, type MemoryFileSystemOptions } from "../../../../src/adapters/fs/memory.ts";
import { disabledSql as refusing } from "../../../../src/catalog/disabled.ts";
import type { DecideContext } from "../../../../src/catalog/retention/decide/decide-context.ts";
import {
  type DecidedRows,
  type DecideOptions,
  decideRows,
} from "../../../../src/catalog/retention/decide/decide-rows.ts";
import { parseBlobKey } from "../../../../src/core/naming/blob-key.ts";
import { completePolicy } from "../../../../src/core/retention/complete-policy.ts";
import type { RetentionPolicy } from "../../../../src/core/retention/policy.ts";
import { parseStorageUri } from "../../../../src/core/storage-uri.ts";
import { formatTimestamp } from "../../../../src/core/timestamp.ts";
import type { BlobStore } from "../../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import type { SqlEngine, SqlStatement, SqlValue } from "../../../../src/ports/sql.ts";
import { openEngine } from "../../ingest/_ingest-world.ts";

export const DAY_MS = 86_400_000;
export const NOW: number = Date.parse("2026-06-01T12:00:00.000Z");
export const ROOT = "/data/docs";

/** What a test says about a row; all of it may be wrong. */
export interface TestRow {
  readonly id?: SqlValue;
  readonly artifact_id?: SqlValue;
  readonly source_url?: SqlValue;
  readonly resolver?: SqlValue;
  readonly content_type?: SqlValue;
  readonly bytes?: SqlValue;
  readonly sha256?: SqlValue;
  readonly storage_uri?: SqlValue;
  readonly created_at?: SqlValue;
  readonly updated_at?: SqlValue;
  readonly run_id?: SqlValue;
}

/** The time so many days ago. */
export function daysAgo(days: number): string {
  return formatTimestamp(NOW - days * DAY_MS);
}

/** The URI of a name below the root. */
export function uriOf(name: string): string {
  return `file://${ROOT}/${name}`;
}

/** A catalog and its files, in memory. */
export class DecideWorld {
  readonly sql: SqlEngine;
  fs: FileSystem;
  context: DecideContext;
  #next = 1;

  private constructor(sql: SqlEngine, fs: FileSystem, context: DecideContext) {
    this.sql = sql;
    this.fs = fs;
    this.context = context;
  }

  static async open(): Promise<DecideWorld> {
    const sql = await openEngine();
    const { fs, context } = await openFiles(sql);
    return new DecideWorld(sql, fs, context);
  }

  /** Begins anew, without rows and files, as opening an engine takes longer. */
  async reset(options: MemoryFileSystemOptions = {}): Promise<void> {
    const ids = await this.sql.query({ sql: "SELECT id FROM documents ORDER BY id" });
    await this.sql.batch([
      ...ids.map((parameters) => ({ sql: "DELETE FROM documents WHERE id = ?", parameters })),
      ...["pins", "leases", "verifications"].map((table) => ({ sql: `DELETE FROM ${table}` })),
    ]);
    Object.assign(this, await openFiles(this.sql, options));
    this.#next = 1;
  }

  /** Inserts a row: 100 days old, ten bytes, its file below the root, unless `change` says otherwise. Gives its id. */
  async add(change: TestRow = {}): Promise<number> {
    const n = this.#next++;
    const row = {
      id: n,
      artifact_id: "doi:a",
      source_url: `https://example.org/${n}`,
      resolver: "unpaywall",
      content_type: "application/pdf",
      bytes: 10,
      sha256: null,
      storage_uri: uriOf(`${n}.pdf`),
      created_at: daysAgo(100),
      updated_at: daysAgo(1),
      run_id: null,
      ...change,
    };
    const columns = Object.keys(row).join(", ");
    const values = Object.values(row);
    await this.run(`INSERT INTO documents (${columns}) VALUES (${values.map(() => "?").join(", ")})`, ...values);
    return Number(row.id);
  }

  /** As {@link add}, and the file is there. */
  async addWithFile(change: TestRow = {}): Promise<number> {
    const id = await this.add(change);
    const [row] = await this.sql.query({
      sql: "SELECT storage_uri, bytes FROM documents WHERE id = ?",
      parameters: [id],
    });
    await this.write(String(row?.[0]), Number(row?.[1]));
    return id;
  }

  async addVariant(
    documentId: number,
    uri: SqlValue,
    more: { bytes?: SqlValue; sha256?: SqlValue } = {},
  ): Promise<void> {
    await this.run(
      `INSERT INTO variants (document_id, variant, storage_uri, bytes, sha256, created_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
      ...[documentId, `v${this.#next++}`, uri, more.bytes ?? null, more.sha256 ?? null, daysAgo(1)],
    );
  }

  async pin(kind: string, target: string): Promise<void> {
    await this.run(
      "INSERT INTO pins (kind, target, reason, pinned_at) VALUES (?, ?, 'wanted', ?)",
      ...[kind, target, daysAgo(1)],
    );
  }

  async lease(uri: string): Promise<void> {
    await this.run(
      "INSERT INTO leases (id, uri, origin, holder, taken_at, expires_at) VALUES (?, ?, 'placed', '{}', ?, ?)",
      ...[`lease-${this.#next++}`, uri, daysAgo(3), daysAgo(2)],
    );
  }

  async verified(uri: string, result: string): Promise<void> {
    const bad = result === "ok" ? null : daysAgo(2);
    await this.run(
      "INSERT INTO verifications (uri, result, strength, checked_at, bad_since) VALUES (?, ?, 'full', ?, ?)",
      ...[uri, result, daysAgo(2), bad],
    );
  }

  async run(sql: string, ...parameters: SqlValue[]): Promise<void> {
    await this.sql.batch([{ sql, parameters }]);
  }

  /** The root is a bucket from now on: its names are those of objects. */
  useBucket(): void {
    const { store } = this.context;
    if (store === undefined) throw new Error("There is no store");
    const start = "s3://bucket/";
    const names: Partial<BlobStore> = {
      uriOf: (key) => parseStorageUri(start + key),
      findKey: (uri) => (uri.startsWith(start) ? parseBlobKey(uri.slice(start.length)) : undefined),
    };
    const bucket = new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get({ ...names }, name) ?? Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    this.context = { ...this.context, store: bucket };
  }

  /** Does something before each query, which may fail. */
  beforeQueries(before: (statement: SqlStatement) => Promise<void>): void {
    const { sql } = this;
    const query: SqlEngine["query"] = async (statement, options) => {
      await before(statement);
      return sql.query(statement, options);
    };
    const describe: SqlEngine["describe"] = () => sql.describe();
    this.context = { ...this.context, sql: { ...refusing, query, describe } };
  }

  /** Makes a file of so many bytes. */
  async write(uri: string, bytes = 10): Promise<void> {
    const path = decodeURIComponent(uri.replace("file://", ""));
    const folders = path.split("/").slice(1, -1);
    for (const at of folders.keys()) {
      const folder = `/${folders.slice(0, at + 1).join("/")}`;
      if ((await this.fs.stat(folder)) === undefined) await this.fs.makeDirectory(folder);
    }
    if ((await this.fs.stat(path)) !== undefined) return;
    const file = await this.fs.open(path, "create");
    await file.write(new Uint8Array(bytes));
    await file.close();
  }

  /** Decides, with no copy to be kept unless the policy says so. */
  async decide(policy: RetentionPolicy, options: DecideOptions = {}): Promise<DecidedRows> {
    const complete = completePolicy(policy, { retentionDays: 0, keepCopies: 0 });
    if (complete === undefined) throw new Error("An empty policy");
    return decideRows(this.context, complete, options);
  }

  /** The reason of each row, by id. */
  async reasons(policy: RetentionPolicy): Promise<Readonly<Record<number, string>>> {
    return listReasons(await this.decide(policy));
  }
}

/** The reason of each row, by id. */
export async function listReasons(decided: DecidedRows): Promise<Readonly<Record<number, string>>> {
  const reasons: Record<number, string> = {};
  for await (const page of decided.rows()) for (const { id, reason } of page) reasons[id] = reason;
  return reasons;
}

async function openFiles(
  sql: SqlEngine,
  options: MemoryFileSystemOptions = {},
): Promise<{ readonly fs: FileSystem; readonly context: DecideContext }> {
  const fs = createMemoryFileSystem(options);
  const entropy = webCryptoEntropy;
  const store = await openFileBlobStore({ fs, entropy, rootDir: ROOT });
  return { fs, context: { sql, fs, store, entropy, clock: { ...systemClock, now: () => NOW } } };
}
