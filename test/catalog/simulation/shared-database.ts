import initSqlJs from "sql.js";
import { createSqlJsReplicas } from "../../../src/adapters/sql/oplog/replica/catalog-replicas.ts";
import { Replica } from "../../../src/adapters/sql/oplog/replica/replica.ts";
import { APPLICATION_ID } from "../../../src/catalog/format.ts";
import { MIGRATIONS } from "../../../src/catalog/migrations.gen.ts";
import type { SqlEngine, SqlResult, SqlRow, SqlStatement } from "../../../src/ports/sql.ts";
import type { Chooser } from "../../../src/testing/simulation/chooser.ts";

const sqljs = await initSqlJs();
const PATH = "/catalog.sqlite";
const REPLICAS = createSqlJsReplicas({ sqljs, path: PATH, applicationId: APPLICATION_ID, migrations: MIGRATIONS });
const EMPTY = await REPLICAS.create({ catalogId: "0".repeat(32), sequence: 0, chain: "0".repeat(64) });

function createReplica(): Replica {
  return new Replica(sqljs, { path: PATH, bytes: EMPTY.slice() });
}

/** A read that is not fresh may miss what others committed in the last five milliseconds. */
const MAX_AGE_MS = 5;

/** How a process works with a {@link SharedDatabase}. */
export interface EngineOptions {
  /** Waits until a call may happen. */
  readonly step: (label: string) => Promise<void>;
  /** Chooses which reads are old. @default none is */
  readonly chooser?: Chooser | undefined;
  /** Milliseconds, to tell how old a read is. */
  readonly now: () => number;
}

/**
 * One database that several processes share, each of whose batches happens at one moment; and reads may be a little old,
 * unless they are fresh, as the contract of the port has it. The engine itself is proven elsewhere.
 */
export class SharedDatabase {
  readonly #replica = createReplica();
  /** Every batch that changed anything. */
  readonly #log: (readonly SqlStatement[])[] = [];
  readonly #views: DatabaseView[] = [];

  /** How many batches changed anything. */
  get sequence(): number {
    return this.#log.length;
  }

  run(statements: readonly SqlStatement[]): readonly SqlResult[] {
    const { results, changed } = this.#replica.apply(statements);
    if (changed) this.#log.push(statements);
    return results;
  }

  query(statement: SqlStatement): readonly SqlRow[] {
    return this.#replica.query(statement);
  }

  /** Goes through all that was committed, from the empty database: looks after each batch. */
  replay(look: (query: SharedDatabase["query"]) => void): void {
    const replica = createReplica();
    try {
      for (const statements of this.#log) {
        replica.apply(statements);
        look((statement) => replica.query(statement));
      }
    } finally {
      replica.close();
    }
  }

  /** The database as one process sees it, each of whose calls waits for its turn; its batches keep their order. */
  engineFor({ step, chooser, now }: EngineOptions): SqlEngine {
    const view = new DatabaseView(this.#log);
    this.#views.push(view);
    let seen = { sequence: this.sequence, atMs: now() };
    const see = (): void => {
      seen = { sequence: this.sequence, atMs: now() };
    };
    const mayBeOld = (): boolean => seen.sequence < this.sequence && now() - seen.atMs < MAX_AGE_MS;
    let last: Promise<unknown> = Promise.resolve();
    const run = async (statements: readonly SqlStatement[]): Promise<readonly SqlResult[]> => {
      await step(`batch ${statements.map(({ sql }) => nameOf(sql)).join(", ")}`);
      const results = this.run(statements);
      see();
      return results;
    };
    return {
      batch: (statements) => {
        const result = last.then(() => run(statements));
        last = result.catch(() => undefined);
        return result;
      },
      query: async (statement, { fresh = false } = {}) => {
        await step(`${fresh ? "fresh " : ""}query ${nameOf(statement.sql)}`);
        if (!fresh && mayBeOld() && chooser?.choose(4) === 3) return view.query(statement, seen.sequence);
        see();
        return this.query(statement);
      },
      sync: () => step("sync"),
      checkpoint: async () => ({ batches: 0, logBytes: 0, sizeBytes: 0 }),
      check: async function* () {},
      describe: async () => ({
        name: "shared",
        schemaVersion: MIGRATIONS.length,
        sequence: this.sequence,
        sizeBytes: 0,
      }),
      close: async () => {},
    };
  }

  /** Frees its memory. */
  close(): void {
    for (const each of [this.#replica, ...this.#views]) each.close();
  }
}

/** The database as it was before the last batches, made when somebody reads it so. */
class DatabaseView {
  readonly #log: readonly (readonly SqlStatement[])[];
  #replica: Replica | undefined;
  #sequence = 0;

  constructor(log: readonly (readonly SqlStatement[])[]) {
    this.#log = log;
  }

  query(statement: SqlStatement, sequence: number): readonly SqlRow[] {
    this.#replica ??= createReplica();
    while (this.#sequence < sequence) this.#replica.apply(this.#log[this.#sequence++] as readonly SqlStatement[]);
    return this.#replica.query(statement);
  }

  close(): void {
    this.#replica?.close();
  }
}

/** What a statement is about, for schedules that people read: "INSERT leases". */
function nameOf(sql: string): string {
  const [verb = ""] = sql.trim().split(/\s/);
  const [, table = ""] = /(?:INTO|FROM|UPDATE)\s+(\w+)/i.exec(sql) ?? [];
  return `${verb} ${table}`;
}
