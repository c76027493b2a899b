import { describe, expect, it } from "vitest";
import { insert, names, openEngine } from "../_engine-world.ts";

const PATH = "/catalog.sqlite";

/** Statements that a log may not have, and why. */
const REFUSED: readonly (readonly [sql: string, reason: RegExp])[] = [
  ["WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) FROM n", /it has WITH/],
  ["INSERT INTO things (name) WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x FROM n", /WITH/],
  ["DELETE FROM things WHERE name LIKE '%a%a%a%a%b'", /it has LIKE/],
  ["DELETE FROM things WHERE name GLOB '*a*a*a*b'", /it has GLOB/],
  ["SELECT SUM(size) OVER (ORDER BY id) FROM things", /it has OVER/],
  ["UPDATE things SET data = zeroblob(1000000000)", /it calls ZEROBLOB/],
  ["UPDATE things SET data = /* */ randomblob /* */ (9)", /it calls RANDOMBLOB/],
  ["UPDATE things SET name = replace(name, 'a', 'aa')", /it calls REPLACE/],
  ["SELECT value FROM json_each('[1]')", /it calls JSON_EACH/],
  ['DELETE FROM "things"', /quoted names/],
  ["DELETE FROM `things`", /quoted names/],
  ["DELETE FROM [things]", /quoted names/],
  [`SELECT ${"1 + ".repeat(9000)}1`, /longer than 16384/],
  ["SELECT COUNT(*) FROM things a, things b", /two tables/],
  ["SELECT COUNT(*) FROM things a JOIN parts b", /two tables/],
  ["UPDATE things SET size = 1 FROM parts WHERE parts.thing > things.id", /two tables/],
  ["DELETE FROM things WHERE (SELECT COUNT(*) FROM parts WHERE parts.thing > things.id) > 1", /CORRELATED/],
  ["SELECT id FROM things WHERE (SELECT COUNT(*) FROM things a, parts b) > 1", /two tables/],
  ["SELECT a.id FROM things a JOIN things b WHERE a.size = 1 OR a.name = 'a'", /two tables/],
  ["SELECT name FROM pragma_function_list", /VIRTUAL TABLE/],
  ["INSERT INTO things (name) SELECT name || id FROM things", /its own table or a later one/],
  ["INSERT INTO things (name) SELECT name || id FROM 'things'", /its own table or a later one/],
  ["INSERT INTO things (name) SELECT id FROM parts", /its own table or a later one/],
  [
    "INSERT INTO things (name) SELECT 'b' FROM things WHERE EXISTS (SELECT 1 FROM parts WHERE (id = 1))",
    /its own table/,
  ],
  [
    "INSERT INTO things (name) SELECT name FROM (SELECT EXISTS (SELECT 1) AS name FROM parts)",
    /its own table or a later/,
  ],
  ["REPLACE INTO things (name) VALUES ('a') UNION ALL SELECT id FROM parts", /its own table or a later one/],
];

const ADMITTED: readonly string[] = [
  "SELECT name FROM things WHERE size > 1 ORDER BY name",
  "INSERT INTO things (name) VALUES ('b'), ('c'), ('d')",
  "INSERT INTO things (name) VALUES ((SELECT COALESCE(MAX(name), '') FROM things) || 'x')",
  "INSERT INTO parts (thing) SELECT id FROM things WHERE name = 'a'",
  "INSERT INTO things (name) SELECT 'b' WHERE EXISTS (SELECT 1 FROM parts WHERE (id = 1)) AND NOT EXISTS (SELECT 1 FROM parts WHERE id = 2)",
  "INSERT INTO parts (thing) SELECT id FROM things WHERE name = 'a' AND EXISTS (SELECT 1 FROM parts WHERE id = 1)",
  "INSERT INTO parts (thing) SELECT p.id FROM things AS p JOIN things ON things.id = p.size",
  "UPDATE things SET size = (SELECT MAX(size) FROM things WHERE name = 'a') WHERE id > 1",
  "UPDATE things SET size = 2 FROM parts WHERE parts.thing = things.id",
  "SELECT 'WITH (' -- LIKE (\n FROM things WHERE name = 'it''s'",
  "DELETE FROM things WHERE name = 'a'",
  " ; /* */ DELETE FROM things WHERE id = 1",
];

describe("a batch", () => {
  it.each(REFUSED)("refuses what may take for ever: %s", async (sql, reason) => {
    const engine = await openEngine({ path: PATH });
    await engine.batch([insert("a")]);
    await expect(engine.batch([insert("b"), { sql }])).rejects.toThrow(reason);
    await expect(engine.batch([insert("b"), { sql }])).rejects.toBeInstanceOf(TypeError);
    expect(await names(engine)).toEqual(["a"]);
    await engine.close();
  });

  it.each(ADMITTED)("takes what goes through one table: %s", async (sql) => {
    const engine = await openEngine({ path: PATH });
    await engine.batch([insert("a")]);
    await expect(engine.batch([{ sql }])).resolves.toHaveLength(1);
    await engine.close();
  });

  it("takes any number of different statements", async () => {
    const engine = await openEngine({ path: PATH });
    const statements = Array.from({ length: 300 }, (_, n) => ({ sql: `INSERT INTO things (name) VALUES ('${n}')` }));
    await engine.batch(statements);
    expect(await names(engine)).toHaveLength(300);
    await engine.close();
  });
});
