import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { Ledger } from "../../../src/catalog/ledger/ledger.ts";
import { type DueOptions, listDue } from "../../../src/catalog/ledger/list-due.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import type { Registration } from "../../../src/core/document.ts";
import { parseStorageUri, type StorageUri } from "../../../src/core/storage-uri.ts";
import { formatTimestamp, type Timestamp } from "../../../src/core/timestamp.ts";
import type { BlobVerification } from "../../../src/core/verification/verification.ts";
import { noProcesses } from "../../../src/hosts/engine/no-processes.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { SqlEngine, SqlRow, SqlStatement } from "../../../src/ports/sql.ts";
import { digestOf, registrationOf } from "../_open-for-test.ts";
import { openEngine } from "../ingest/_ingest-world.ts";

const START_MS = Date.parse("2026-03-01T12:00:00.000Z");

/** A day in milliseconds. */
export const DAY_MS = 86_400_000;

/** A catalog without a store, its ledger, and a clock that a test sets. */
export class LedgerWorld {
  readonly catalog: Catalog;
  readonly sql: SqlEngine;
  readonly ledger: Ledger;
  /** Of the clock, since the beginning. */
  elapsedMs = 0;

  private constructor(catalog: Catalog, sql: SqlEngine) {
    this.catalog = catalog;
    this.sql = sql;
    this.ledger = new Ledger({ sql, clock: this.clock });
  }

  static async open(): Promise<LedgerWorld> {
    const sql = await openEngine();
    const catalog = await openCatalog({
      sql,
      fs: createMemoryFileSystem(),
      clock: systemClock,
      entropy: webCryptoEntropy,
      processes: noProcesses,
      hashers: { core: createWasmHasher() },
      logger: { log: () => {} },
      telemetry: noTelemetry,
    });
    return new LedgerWorld(catalog, sql);
  }

  readonly clock: Clock = { ...systemClock, now: (): number => START_MS + this.elapsedMs };

  /** What the clock says, so many days later. */
  now(days = 0): Timestamp {
    return formatTimestamp(this.clock.now() + days * DAY_MS);
  }

  /** Registers blobs by number. */
  async register(numbers: readonly number[], change: Partial<Registration> = {}): Promise<void> {
    await this.catalog.registerMany(numbers.map((n) => registrationOf(n, change)));
  }

  /** Records results. */
  record(...verifications: readonly BlobVerification[]): Promise<void> {
    return this.ledger.record(verifications);
  }

  /** How the blob of a number was found. */
  verified(n: number, change: Partial<BlobVerification> = {}): BlobVerification {
    const content = { sha256: digestOf((n % 16).toString(16)), bytes: 100 + n } as BlobVerification["expected"];
    return {
      uri: uriOf(n),
      result: "ok",
      reason: null,
      strength: "full",
      expected: content,
      actual: content,
      checkedAt: this.now(),
      ...change,
    };
  }

  /** That nothing has its name. */
  missing(n: number, change: Partial<BlobVerification> = {}): BlobVerification {
    const nothing = { sha256: null, bytes: null };
    return this.verified(n, { result: "missing", reason: "gone", strength: "none", actual: nothing, ...change });
  }

  query(sql: string): Promise<readonly SqlRow[]> {
    return this.sql.query({ sql });
  }

  /** Does what another tool could do. */
  async run(...statements: readonly (SqlStatement | string)[]): Promise<void> {
    await this.sql.batch(statements.map((each) => (typeof each === "string" ? { sql: each } : each)));
  }

  /** The numbers of the blobs that are due, in order. */
  async due(options: Partial<DueOptions> = {}): Promise<readonly number[]> {
    const due: number[] = [];
    const settings = { startedAt: this.now(), recheck: false, dailyForBad: false, ...options };
    for await (const page of listDue(this, settings)) due.push(...page.map(({ uri }) => numberOf(uri)));
    return due;
  }
}

/** The place of a blob by its number; they sort by it up to 9. */
export function uriOf(n: number): StorageUri {
  return parseStorageUri(`file:///data/${n}.pdf`);
}

/** The number in a place. */
export function numberOf(uri: StorageUri): number {
  return Number(/\/(\d+)\.pdf$/.exec(uri)?.[1]);
}
