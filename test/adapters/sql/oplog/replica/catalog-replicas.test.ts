import { describe, expect, it } from "vitest";
import { createSqlJsReplicas } from "../../../../../src/adapters/sql/oplog/replica/catalog-replicas.ts";
import { MIGRATIONS as CATALOG_MIGRATIONS } from "../../../../../src/catalog/migrations.gen.ts";
import { APPLICATION_ID, insert, MIGRATIONS, sqljs } from "../_engine-world.ts";

const POSITION = { catalogId: "a".repeat(32), sequence: 0, chain: "b".repeat(64) };

function replicas(migrations = MIGRATIONS, applicationId = APPLICATION_ID): ReturnType<typeof createSqlJsReplicas> {
  return createSqlJsReplicas({ sqljs, path: "/catalog.sqlite", applicationId, migrations });
}

describe("files that are made in one process", () => {
  it("are each made of nothing, whatever became of those before", async () => {
    const first = await replicas().create(POSITION);
    const loaded = await replicas().load(first);
    loaded.run([insert("a")]);
    loaded.export(POSITION);
    loaded.close();
    first.fill(0);
    const second = await replicas().load(await replicas().create({ ...POSITION, catalogId: "c".repeat(32) }));
    expect(second.origin?.catalogId).toBe("c".repeat(32));
    expect(second.query({ sql: "SELECT COUNT(*) FROM things" })).toEqual([[0]]);
    second.close();
  });

  it("have the schema and the number of their program", async () => {
    await replicas().create(POSITION);
    const other = await replicas(MIGRATIONS, 7).create(POSITION);
    const catalog = await replicas(CATALOG_MIGRATIONS).create(POSITION);
    expect(new DataView(other.buffer, other.byteOffset).getUint32(68)).toBe(7);
    expect(new DataView(catalog.buffer, catalog.byteOffset).getUint32(60)).toBe(CATALOG_MIGRATIONS.length);
  });
});

describe("a unique index that is no catalog's", () => {
  it.each([
    ["UNIQUE INDEX extra ON parts (thing)", /^$/],
    ['UNIQUE INDEX "it\'s" ON parts (thing)', /^$/],
    ['UNIQUE INDEX "of two words" ON parts (thing)', /two tables/],
    ["INDEX extra ON parts (thing)", /two tables/],
    ["UNIQUE INDEX extra ON parts (thing) WHERE thing > 0", /two tables/],
    ["UNIQUE INDEX extra ON parts (thing, id)", /two tables/],
  ])("bounds what a statement costs when all of its columns are compared: %s", async (index, reason) => {
    const database = new sqljs.Database(await replicas().create(POSITION));
    database.run(`CREATE ${index}`);
    const replica = await replicas().load(database.export());
    database.close();
    const sql = "SELECT COUNT(*) FROM things CROSS JOIN parts WHERE parts.thing = things.id AND parts.thing > 0";
    const run = (): string => {
      try {
        replica.run([{ sql }]);
        return "";
      } catch (error) {
        return String(error);
      }
    };
    expect(run()).toMatch(reason);
    replica.close();
  });
});
