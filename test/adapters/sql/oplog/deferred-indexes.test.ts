import { afterEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { Replica } from "../../../../src/adapters/sql/oplog/replica/replica.ts";
import type { SqlJsModule } from "../../../../src/adapters/sql/oplog/replica/vendor.ts";
import type { SqlStatement } from "../../../../src/ports/sql.ts";
import { insert, inspectBytes, MIGRATIONS, openEngine, sqljs } from "./_engine-world.ts";

const PATH = "/catalog.sqlite";

/** More than any database of these tests has. */
const MANY = 1_000_000;

const MIB = 1024 * 1024;

const ALL = ["sqlite_autoindex_meta_1", "sqlite_autoindex_things_1", "things_size", 'things "data"', "things_lower"];

const MORE_INDEXES = `CREATE INDEX "things ""data""" ON things (data);
CREATE UNIQUE INDEX things_lower ON things (lower(name));`;

let open: Replica[] = [];

afterEach(() => {
  for (const replica of open) replica.close();
  open = [];
});

/** A replica, and how to look at its indexes from behind, as looking through it would build them. */
function createReplica({ fail = (_sql: string): boolean => false } = {}): {
  replica: Replica;
  indexes: () => string[];
} {
  let database: InstanceType<typeof sqljs.Database> | undefined;
  class Watched extends sqljs.Database {
    constructor(data?: Uint8Array) {
      super(data);
      database = this;
    }
    override run(sql: string): this {
      if (fail(sql)) super.run(sql.replace(/COMMIT$/, "INSERT INTO nowhere VALUES (1)"));
      super.run(sql);
      return this;
    }
  }
  const module: SqlJsModule = { Database: Watched };
  const replica = new Replica(module, { path: PATH });
  open.push(replica);
  replica.runScript(`${MIGRATIONS[0]?.sql};\n${MORE_INDEXES}`);
  const indexes = (): string[] => {
    const found = database?.exec("SELECT name FROM sqlite_schema WHERE type = 'index'")[0]?.values ?? [];
    return found.map(([name]) => String(name));
  };
  return { replica, indexes };
}

function listBySize(size: number): SqlStatement {
  return { sql: "SELECT name FROM things WHERE size = ? ORDER BY id", parameters: [size] };
}

describe("a row of batches that adds many rows", () => {
  it("goes without the indexes that refuse nothing, until somebody reads", () => {
    const { replica, indexes } = createReplica();
    for (const name of ["a", "b", "c"]) replica.apply([insert(name, name === "b" ? 2 : 1)], MANY);
    expect(indexes()).toEqual(ALL.filter((name) => name !== "things_size" && name !== 'things "data"'));
    expect(() => replica.apply([insert("d"), insert("a")], MANY)).toThrow("UNIQUE constraint failed");
    expect(() => replica.apply([insert("A")], MANY)).toThrow("UNIQUE constraint failed: index 'things_lower'");
    expect(replica.query(listBySize(1))).toEqual([["a"], ["c"]]);
    expect(indexes().sort()).toEqual([...ALL].sort());
  });

  it.each<[string, (replica: Replica) => unknown]>([
    ["a query", (replica) => replica.query(listBySize(1))],
    ["another batch", (replica) => replica.apply([insert("z")])],
    ["a look at the settings", (replica) => replica.inspect("PRAGMA page_count")],
    ["an export", (replica) => replica.export()],
  ])("gets all indexes back with %s, in their order", (_, call) => {
    const { replica, indexes } = createReplica();
    replica.apply([insert("a")], MANY);
    expect(indexes()).not.toContain("things_size");
    call(replica);
    expect(indexes().filter((name) => !name.includes("auto"))).toEqual([
      "things_lower",
      "things_size",
      'things "data"',
    ]);
    expect(inspectBytes(replica.export())).toEqual({ integrity: "ok", names: expect.arrayContaining(["a"]) });
  });

  it("keeps the indexes while fewer rows are expected than there are", () => {
    const { replica, indexes } = createReplica();
    replica.apply([insert("a")], 1);
    expect(indexes()).toEqual(expect.arrayContaining(ALL));
    replica.apply([insert("b")], MANY);
    replica.apply([insert("c")], 0);
    expect(indexes()).not.toContain("things_size");
  });

  it("goes on without them while rows are found by keys", () => {
    const { replica, indexes } = createReplica();
    replica.apply([insert("a", 1)], MANY);
    const byKey = { sql: "SELECT size FROM things WHERE name = ?", parameters: ["a"] };
    expect(replica.query(byKey, { byKey: true })).toEqual([[1]]);
    expect(indexes()).not.toContain("things_size");
    expect(replica.query(listBySize(1), { byKey: true })).toEqual([["a"]]);
    replica.query(byKey);
    expect(indexes()).toContain("things_size");
  });

  it("leaves everything as it was when the indexes cannot be dropped or built", () => {
    let failing = "DROP INDEX";
    const { replica, indexes } = createReplica({
      fail: (sql) => failing !== "" && sql.startsWith(`BEGIN;\n${failing}`),
    });
    expect(() => replica.apply([insert("a")], MANY)).toThrow("no such table: nowhere");
    expect(indexes()).toEqual(expect.arrayContaining(ALL));
    failing = "CREATE INDEX";
    replica.apply([insert("a")], MANY);
    expect(() => replica.export()).toThrow("no such table: nowhere");
    expect(() => replica.query(listBySize(1))).toThrow("no such table: nowhere");
    expect(replica.broken).toBe(false);
    failing = "";
    expect(replica.query(listBySize(1))).toEqual([["a"]]);
    expect(inspectBytes(replica.export())).toEqual({ integrity: "ok", names: ["a"] });
  });
});

describe("the file of an engine", () => {
  it.each(["sync", "close", "batch"] as const)("has all indexes after %s", async (how) => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ path: PATH, fs });
    const statements = Array.from({ length: 500 }, (_, index) => insert(`n${index}`, index));
    await engine.batch(statements, { durable: false, expectedRows: MANY });
    if (how === "sync") await engine.sync();
    if (how === "batch") await engine.batch([insert("last")], { expectedRows: MANY });
    if (how === "close") await engine.close();
    const db = new sqljs.Database(await fs.readFile(PATH));
    expect(db.exec("SELECT name FROM sqlite_schema WHERE name = 'things_size'")[0]?.values).toEqual([["things_size"]]);
    expect(db.exec("PRAGMA integrity_check")[0]?.values).toEqual([["ok"]]);
    db.close();
    await engine.close();
  });

  it.each([
    { inARow: false, expectedRows: undefined },
    { inARow: true, expectedRows: MANY },
  ])("takes in a log of 9 MiB unless it grows by batches in a row (so: $inARow)", async ({ inARow, expectedRows }) => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ path: PATH, fs });
    const emptyBytes = (await fs.stat(PATH))?.sizeBytes;
    for (let index = 0; index < 9; index++) {
      await engine.batch([insert(`${index}`.repeat(MIB))], { durable: false, expectedRows });
    }
    expect((await fs.stat(PATH))?.sizeBytes === emptyBytes).toBe(inARow);
    await engine.close();
    expect((await fs.stat(PATH))?.sizeBytes).toBeGreaterThan(9 * MIB);
    expect(await fs.stat(`${PATH}.oplog`)).toBeUndefined();
  });
});
