import { decodeBatch, decodeMigration } from "../../../../../src/adapters/sql/oplog/log/batch-payload.ts";
import type {
  AppliedBatch,
  CatalogReplica,
  LogPosition,
  ReplicaFactory,
} from "../../../../../src/adapters/sql/oplog/protocol/catalog-replica.ts";
import { CatalogError } from "../../../../../src/errors.ts";
import type { SqlRow, SqlStatement } from "../../../../../src/ports/sql.ts";
import { Violation } from "./history.ts";

const PAGE_BYTES = 256;

/** What a migration to a version leaves in the list. */
export function migrationKey(version: number): string {
  return `schema${version}`;
}

function migrationLines(version: number): readonly string[] {
  return [1, 2].map((part) => `${migrationKey(version)}/${part}`);
}

/** What a program can do with a schema. */
export interface ListReplicaOptions {
  /** The newest version that it knows. */
  readonly knows: number;
  /** What a program would do that does not stop at a newer schema. Never in earnest. */
  readonly careless?: boolean | undefined;
}

/** A stand-in for the database: a list of lines, each of which is there once. It knows how to add some and how to give all. */
class ListReplica implements CatalogReplica {
  readonly origin: LogPosition | undefined;
  readonly broken = false;
  readonly #options: ListReplicaOptions;
  #schemaVersion: number;
  #lines: string[];
  #open = true;
  #source: Uint8Array | undefined;

  constructor(options: ListReplicaOptions, bytes: Uint8Array) {
    const { origin, lines, version } = JSON.parse(new TextDecoder().decode(bytes));
    this.#options = options;
    this.origin = origin;
    this.#lines = lines;
    this.#source = bytes;
    this.#refuseNewer(version);
    this.#schemaVersion = version;
  }

  get schemaVersion(): number {
    return this.#schemaVersion;
  }

  source(): Uint8Array {
    if (this.#source === undefined) throw new TypeError("something ran on it");
    return this.#source;
  }

  run(statements: readonly SqlStatement[]): AppliedBatch {
    this.#use();
    this.#source = undefined;
    if (statements.every(({ sql }) => sql.startsWith("SELECT"))) {
      return { results: statements.map(() => ({ rows: this.query(), changes: 0 })), changed: false };
    }
    const lines = statements.map(({ parameters = [] }) => String(parameters[0]));
    const added = lines.filter((line) => !this.#lines.includes(line));
    this.#lines.push(...added);
    return {
      results: lines.map((line) => ({ rows: [], changes: added.includes(line) ? 1 : 0 })),
      changed: added.length > 0,
    };
  }

  replay(payload: Uint8Array): void {
    this.#use();
    this.#source = undefined;
    const { schemaVersion, statements } = decodeBatch(payload);
    this.#refuseNewer(schemaVersion);
    if (schemaVersion !== this.#schemaVersion && this.#options.careless !== true) {
      throw new Violation(`a batch for schema ${schemaVersion} came into one of version ${this.#schemaVersion}`);
    }
    // Unlike `run` this never ignores a line, so that a frame that runs twice shows.
    for (const { parameters = [] } of statements) this.#lines.push(String(parameters[0]));
  }

  replayMigration(payload: Uint8Array): void {
    this.#use();
    this.#source = undefined;
    const { from, to } = decodeMigration(payload);
    this.#refuseNewer(to);
    if (this.#options.careless !== true) {
      if (from !== this.#schemaVersion) throw new Violation(`schema ${this.#schemaVersion} was migrated from ${from}`);
      this.#schemaVersion = to;
    }
    this.#lines.push(...migrationLines(to));
  }

  migrateInMemory(): boolean {
    const { knows } = this.#options;
    if (this.#schemaVersion >= knows) return false;
    this.#source = undefined;
    this.#schemaVersion = knows;
    return true;
  }

  query(): readonly SqlRow[] {
    this.#use();
    return this.#lines.map((line) => [line]);
  }

  writes(): boolean {
    return true;
  }

  inspect(): readonly SqlRow[] {
    return [];
  }

  export(origin: LogPosition): Uint8Array {
    this.#use();
    const text = JSON.stringify({ origin, lines: this.#lines, version: this.#schemaVersion });
    // Databases grow by pages, so that different ones often have the same size.
    return new TextEncoder().encode(text.padEnd(Math.ceil(text.length / PAGE_BYTES) * PAGE_BYTES));
  }

  close(): void {
    this.#open = false;
  }

  #use(): void {
    if (!this.#open) throw new Error("used after it was closed");
  }

  #refuseNewer(found: number): void {
    const { knows, careless } = this.#options;
    if (found <= knows || careless === true) return;
    throw new CatalogError("SCHEMA_TOO_NEW", `Cannot read a list: its schema is ${found}, and ${knows} is known`, {
      details: { path: "/", found, supported: knows },
    });
  }
}

/** Makes {@link ListReplica}s. */
export function createListReplicas(options: ListReplicaOptions): ReplicaFactory {
  const version = options.knows;
  // Who creates one runs all migrations.
  const lines = version > 1 ? migrationLines(version) : [];
  return {
    load: async (bytes) => new ListReplica(options, bytes),
    create: async (origin) => new TextEncoder().encode(JSON.stringify({ origin, lines, version })),
  };
}
