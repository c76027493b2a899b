import { afterEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { Replica } from "../../../../src/adapters/sql/oplog/replica/replica.ts";
import { sqlError } from "../../../../src/adapters/sql/oplog/replica/sql-error.ts";
import { statementKind } from "../../../../src/adapters/sql/oplog/replica/statement-kind.ts";
import type { SqlJsModule } from "../../../../src/adapters/sql/oplog/replica/vendor.ts";
import { insert, listNames, MIGRATIONS, names, openEngine, sqljs } from "./_engine-world.ts";

const PATH = "/catalog.sqlite";
let open: Replica[] = [];

afterEach(() => {
  for (const replica of open) replica.close();
  open = [];
});

function createReplica(module: SqlJsModule = sqljs): Replica {
  const replica = new Replica(module, { path: PATH });
  open.push(replica);
  replica.runScript(MIGRATIONS[0]?.sql ?? "");
  return replica;
}

/** sql.js whose databases can be told to fail. */
function createFragile(shouldFail: (sql: string) => boolean): SqlJsModule {
  class Fragile extends sqljs.Database {
    override run(sql: string): this {
      if (shouldFail(sql)) throw new Error("out of memory");
      super.run(sql);
      return this;
    }
  }
  return { Database: Fragile };
}

describe("a replica", () => {
  it("keeps statements and settings over an export", () => {
    const replica = createReplica();
    replica.apply([insert("a")]);
    replica.export();
    expect(replica.apply([insert("b")])).toEqual({ results: [{ rows: [], changes: 1 }], changed: true });
    const settings = ["foreign_keys", "trusted_schema", "journal_mode", "locking_mode", "synchronous"];
    expect(settings.map((name) => replica.inspect(`PRAGMA ${name}`)[0]?.[0])).toEqual([1, 0, "memory", "exclusive", 0]);
    expect(replica.query({ sql: "SELECT name FROM things" })).toEqual([["a"], ["b"]]);
  });

  it("takes and gives bytes", () => {
    const replica = createReplica();
    const data = Uint8Array.from({ length: 256 }, (_, index) => index);
    for (const [index, value] of [data, new Uint8Array(1)].entries()) {
      const sql = "INSERT INTO things (name, data) VALUES (?, ?) RETURNING data";
      expect(replica.apply([{ sql, parameters: [String(index), value] }]).results[0]?.rows).toEqual([[value]]);
    }
  });

  it.each([
    ["a batch", (replica: Replica) => replica.apply([insert("b")])],
    ["a batch that changes nothing", (replica: Replica) => replica.apply([{ sql: "DELETE FROM things WHERE id = 9" }])],
    ["a script", (replica: Replica) => replica.runScript("PRAGMA user_version = 2")],
  ])("gives the bytes it was made from until %s runs, whatever was read", (_what, run) => {
    const made = createReplica();
    made.apply([insert("a")]);
    const bytes = made.export();
    const replica = new Replica(sqljs, { path: PATH, bytes: bytes.slice() });
    open.push(replica);
    expect(replica.query({ sql: "SELECT name FROM things ORDER BY name" })).toEqual([["a"]]);
    expect(replica.inspect("PRAGMA integrity_check")).toEqual([["ok"]]);
    replica.export();
    expect(Buffer.compare(replica.source(), bytes)).toBe(0);
    run(replica);
    expect(() => replica.source()).toThrow(TypeError);
  });

  it("rolls back what a constraint that is checked at the end refuses", () => {
    const replica = createReplica();
    const orphan = { sql: "INSERT INTO parts (thing) VALUES (99)" };
    expect(() => replica.apply([insert("a"), orphan])).toThrow("FOREIGN KEY constraint failed");
    expect(replica.query({ sql: "SELECT name FROM things" })).toEqual([]);
    replica.apply([insert("b")]);
    expect(replica.broken).toBe(false);
  });

  it("copes with statements that roll back, or keep rows, by themselves", () => {
    const replica = createReplica();
    replica.apply([insert("a")]);
    for (const word of ["ROLLBACK", "FAIL", "ABORT"]) {
      const sql = `INSERT OR ${word} INTO things (name) VALUES ('x'), ('a'), ('y')`;
      expect(() => replica.apply([insert("b"), { sql }])).toThrow("UNIQUE constraint failed");
      expect(() => replica.apply([{ sql }])).toThrow("UNIQUE constraint failed");
      expect(replica.query({ sql: "SELECT name FROM things" })).toEqual([["a"]]);
    }
  });

  it("frees statements that were not used for long, and makes them again", () => {
    let alive = 0;
    class Counting extends sqljs.Database {
      override prepare(sql: string): ReturnType<InstanceType<typeof sqljs.Database>["prepare"]> {
        const statement = super.prepare(sql);
        alive++;
        const free = statement.free.bind(statement);
        statement.free = () => {
          alive--;
          return free();
        };
        return statement;
      }
    }
    const replica = createReplica({ Database: Counting });
    const often = { sql: "SELECT count(*) FROM things" };
    for (let index = 0; index < 1000; index++) {
      expect(replica.query({ sql: `SELECT ${index}` })).toEqual([[index]]);
      expect(replica.query(often)).toEqual([[0]]);
    }
    expect(alive).toBeLessThan(140);
    expect(replica.query({ sql: "SELECT 0" })).toEqual([[0]]);
  });

  it("refuses more than one statement, none, parameters that are no values, and too many of them", () => {
    const replica = createReplica();
    expect(() => replica.query({ sql: "SELECT 1; SELECT 2" })).toThrow(TypeError);
    expect(() => replica.query({ sql: "" })).toThrow(TypeError);
    expect(() => replica.query({ sql: "-- nothing" })).toThrow(TypeError);
    expect(replica.query({ sql: " /* one */ -- two\n ; SELECT 1 ; " })).toEqual([[1]]);
    const wrong: unknown = [Symbol("x")];
    expect(() => replica.query({ sql: "SELECT ?", parameters: wrong as string[] })).toThrow();
    expect(() => replica.query({ sql: "SELECT ?", parameters: [1, 2] })).toThrow("out of range");
    expect(() => replica.query({ sql: "SELECT ?", parameters: [undefined as unknown as null] })).toThrow(TypeError);
    expect(replica.query({ sql: "SELECT ?", parameters: [3] })).toEqual([[3]]);
  });

  it("does not let stale parameters through", () => {
    const replica = createReplica();
    expect(replica.query({ sql: "SELECT ?", parameters: [1] })).toEqual([[1]]);
    expect(replica.query({ sql: "SELECT ?" })).toEqual([[null]]);
  });

  it("gives only errors once it is broken", () => {
    let failing = false;
    const replica = createReplica(createFragile((sql) => failing && sql === "ROLLBACK"));
    failing = true;
    expect(() => replica.apply([insert("a"), insert("a")])).toThrow("UNIQUE");
    expect(replica.broken).toBe(true);
    for (const call of [() => replica.apply([]), () => replica.query({ sql: "SELECT 1" }), () => replica.export()]) {
      expect(call).toThrow(expect.objectContaining({ code: "BACKEND" }));
    }
  });

  it("closes the database when its settings cannot be made", () => {
    let closed = 0;
    class Closing extends sqljs.Database {
      override run(): this {
        throw new Error("out of memory");
      }
      override close(): void {
        closed++;
        super.close();
      }
    }
    expect(() => new Replica({ Database: Closing }, { path: PATH })).toThrow("too large for sql.js");
    expect(closed).toBe(1);
  });

  it("names an export or a look that fails", () => {
    class Failing extends sqljs.Database {
      override export(): Uint8Array {
        throw new RangeError("Array buffer allocation failed");
      }
    }
    const replica = createReplica({ Database: Failing });
    expect(() => replica.export()).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
    expect(() => replica.inspect("SELECT nothing")).toThrow(expect.objectContaining({ code: "BACKEND" }));
    expect(replica.inspect("SELECT name FROM things")).toEqual([]);
  });

  it("takes for a write what SQLite takes for one", () => {
    const replica = createReplica();
    const one = "WITH one AS (SELECT 1 AS a)";
    expect(replica.writes(`${one} SELECT a FROM one, things`)).toBe(false);
    expect(replica.writes(`${one} DELETE FROM things WHERE id IN (SELECT a FROM one)`)).toBe(true);
    expect(replica.writes(`${one} SELECT a FROM one`)).toBe(false);
    expect(replica.writes("SELECT name FROM things")).toBe(false);
  });
});

describe("an engine whose replica broke", () => {
  it("drops it and loads what is in the log", async () => {
    let failing = false;
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH, sqljs: createFragile((sql) => failing && sql === "ROLLBACK") });
    await engine.batch([insert("a")]);
    await engine.batch([insert("applied")], { durable: false });
    failing = true;
    await expect(engine.batch([insert("b"), insert("b")])).rejects.toMatchObject({ code: "CONFLICT" });
    failing = false;
    await engine.sync();
    await engine.batch([insert("c")]);
    expect(await names(engine)).toEqual(["a", "applied", "c"]);
    await engine.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });
});

describe("statementKind", () => {
  it.each([
    ["SELECT 1", "read"],
    ["values (1)", "read"],
    ["\n\t(SELECT 1)", undefined],
    ["WITH a AS (SELECT 1) SELECT 1", "with"],
    ["insert into a values (1)", "write"],
    ["REPLACE INTO a VALUES (1)", "write"],
    ["UPDATE a SET b = 1", "write"],
    ["DELETE FROM a", "write"],
    ["/* SELECT */ DELETE FROM a", "write"],
    ["-- SELECT\nDELETE FROM a", "write"],
    ["PRAGMA query_only = 1", undefined],
    ["ATTACH 'x' AS y", undefined],
    ["CREATE TEMP TABLE a (b)", undefined],
    ["VACUUM", undefined],
    ["EXPLAIN SELECT 1", undefined],
    ["", undefined],
  ])("of %j is %s", (sql, expected) => {
    if (expected === undefined) expect(() => statementKind(sql)).toThrow(TypeError);
    else expect(statementKind(sql)).toBe(expected);
  });
});

describe("sqlError", () => {
  it("leaves alone what is no error of SQLite", () => {
    const aborted = new DOMException("x", "AbortError");
    const own = sqlError(new Error("disk I/O error"), PATH);
    expect(own).toMatchObject({ code: "BACKEND", details: { what: "disk I/O error", path: PATH } });
    expect(sqlError(own, PATH)).toBe(own);
    expect(sqlError(undefined, PATH)).toBe(undefined);
    expect(sqlError(aborted, PATH)).toMatchObject({ code: "BACKEND" });
    expect(sqlError("Statement closed", PATH)).toBeInstanceOf(TypeError);
  });
});
