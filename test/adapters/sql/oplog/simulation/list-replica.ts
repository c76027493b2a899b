import { decodeBatch } from "../../../../../src/adapters/sql/oplog/log/batch-payload.ts";
import type {
  AppliedBatch,
  CatalogReplica,
  LogPosition,
  ReplicaFactory,
} from "../../../../../src/adapters/sql/oplog/protocol/catalog-replica.ts";
import type { SqlRow, SqlStatement } from "../../../../../src/ports/sql.ts";

const PAGE_BYTES = 256;

/** A stand-in for the database: a list of lines, each of which is there once. It knows how to add some and how to give all. */
class ListReplica implements CatalogReplica {
  readonly origin: LogPosition | undefined;
  readonly schemaVersion = 1;
  readonly broken = false;
  #lines: string[];
  #open = true;
  #source: Uint8Array | undefined;

  constructor(bytes: Uint8Array) {
    const { origin, lines } = JSON.parse(new TextDecoder().decode(bytes));
    this.origin = origin;
    this.#lines = lines;
    this.#source = bytes;
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
    // Unlike `run` this never ignores a line, so that a frame that runs twice shows.
    for (const { parameters = [] } of decodeBatch(payload).statements) this.#lines.push(String(parameters[0]));
  }

  replayMigration(): void {
    throw new Error("there are no migrations here");
  }

  modernise(): boolean {
    return false;
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
    const text = JSON.stringify({ origin, lines: this.#lines });
    // Databases grow by pages, so that different ones often have the same size.
    return new TextEncoder().encode(text.padEnd(Math.ceil(text.length / PAGE_BYTES) * PAGE_BYTES));
  }

  close(): void {
    this.#open = false;
  }

  #use(): void {
    if (!this.#open) throw new Error("used after it was closed");
  }
}

/** Makes {@link ListReplica}s. */
export const listReplicas: ReplicaFactory = {
  load: async (bytes) => new ListReplica(bytes),
  create: async (origin) => new TextEncoder().encode(JSON.stringify({ origin, lines: [] })),
};
