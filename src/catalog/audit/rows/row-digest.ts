import type { Sha256 } from "../../../core/sha256.ts";
import type { HashStream } from "../../../ports/hasher.ts";
import type { SqlRow } from "../../../ports/sql.ts";
import type { Hashers } from "../../context.ts";
import type { TableDigest } from "../audit-options.ts";

const encoder = new TextEncoder();

/** Counts and hashes the rows of a table; `TableDigest` says how. */
export class RowDigest {
  readonly #table: string;
  readonly #stream: HashStream;
  #rows = 0;

  private constructor(table: string, stream: HashStream) {
    this.#table = table;
    this.#stream = stream;
  }

  /** Begins with no row. */
  static async create(table: string, hashers: Hashers): Promise<RowDigest> {
    return new RowDigest(table, await (hashers.large ?? hashers.core).create());
  }

  /** Takes the next rows, in the order of their key. */
  async add(rows: readonly SqlRow[]): Promise<void> {
    this.#rows += rows.length;
    if (rows.length === 0) return;
    await this.#stream.update(encoder.encode(`${JSON.stringify(rows).slice(1, -1)},`));
  }

  /** What it comes to. */
  async finish(): Promise<TableDigest> {
    return { table: this.#table, rows: this.#rows, sha256: await this.#stream.digest() };
  }
}

/** The hash over some tables; `AuditSummary` says how. */
export async function digestTables(tables: readonly TableDigest[], { core }: Hashers): Promise<Sha256> {
  const stream = await core.create();
  for (const { table, rows, sha256 } of tables) await stream.update(encoder.encode(`${table} ${rows} ${sha256}\n`));
  return stream.digest();
}
