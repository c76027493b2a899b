import { assert, assertEquals, assertFails, assertThrows } from "../assert.ts";
import { assertThings, insertThing, type SqlEngineCase, useEngine } from "./place.ts";

/** What the port promises of batches. */
export const batchCases: Readonly<Record<string, SqlEngineCase>> = {
  "gives one result a statement, with rows and changes": (place) =>
    useEngine(place, async (engine) => {
      const results = await engine.batch([
        insertThing("a", 1),
        { sql: "INSERT INTO things (name, size) VALUES (?, ?), (?, ?)", parameters: ["b", 2, "c", 3] },
        { sql: "SELECT name, size FROM things ORDER BY name DESC" },
        { sql: "UPDATE things SET size = size + 10 WHERE size >= ? RETURNING name", parameters: [3] },
        { sql: "DELETE FROM things WHERE name = ?", parameters: ["nobody"] },
      ]);
      assertEquals(
        results.map(({ rows, changes }) => ({ rows, changes })),
        [
          { rows: [], changes: 1 },
          { rows: [], changes: 2 },
          {
            rows: [
              ["c", 3],
              ["b", 2],
              ["a", 1],
            ],
            changes: 0,
          },
          { rows: [["c"]], changes: 1 },
          { rows: [], changes: 0 },
        ],
        "results",
      );
    }),

  "takes an empty batch": (place) =>
    useEngine(place, async (engine) => assertEquals(await engine.batch([]), [], "results")),

  "does not count what cascades": (place) =>
    useEngine(place, async (engine) => {
      const part = (id: number) => ({ sql: "INSERT INTO parts (id, thing) VALUES (?, ?)", parameters: [id, "a"] });
      await engine.batch([insertThing("a"), part(1), part(2)]);
      const [removed] = await engine.batch([{ sql: "DELETE FROM things WHERE name = ?", parameters: ["a"] }]);
      assertEquals(removed?.changes, 1, "changes");
      assertEquals(await engine.query({ sql: "SELECT id FROM parts" }), [], "parts");
    }),

  "leaves nothing of a batch that violates a constraint": (place) =>
    useEngine(place, async (engine) => {
      await engine.batch([insertThing("a")]);
      for (const bad of [insertThing("a"), insertThing("c", -1)]) {
        await assertFails(() => engine.batch([insertThing("b"), bad, insertThing("d")]), "CONFLICT");
        await assertThings(engine, "a");
      }
      const orphan = { sql: "INSERT INTO parts (id, thing) VALUES (1, 'nobody')" };
      await assertFails(() => engine.batch([insertThing("b"), orphan]), "CONFLICT");
      await assertThings(engine, "a");
      await engine.batch([insertThing("b")]);
      await assertThings(engine, "a", "b");
    }),

  "names what the database does not understand": (place) =>
    useEngine(place, async (engine) => {
      await assertFails(() => engine.batch([insertThing("a"), { sql: "INSERT INTO nowhere VALUES (1)" }]), "BACKEND");
      await assertFails(() => engine.query({ sql: "SELECT nothing FROM things" }), "BACKEND");
      await assertThings(engine);
    }),

  "refuses what would break out of the batch": (place) =>
    useEngine(place, async (engine) => {
      for (const sql of ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT one", " /* x */ rollback"]) {
        await assertThrows(() => engine.batch([insertThing("a"), { sql }]), sql);
      }
      await assertThings(engine);
    }),

  "runs overlapping batches in the order of the calls": (place) =>
    useEngine(place, async (engine) => {
      const append = (text: string) => ({
        sql: "INSERT INTO things (name) VALUES ((SELECT COALESCE(MAX(name), '') FROM things) || ?)",
        parameters: [text],
      });
      const durable = [true, false, true, false, false, true];
      await Promise.all(durable.map((value, index) => engine.batch([append(String(index))], { durable: value })));
      await assertThings(engine, "0", "01", "012", "0123", "01234", "012345");
    }),

  "goes on after a batch that failed among others": (place) =>
    useEngine(place, async (engine) => {
      const outcomes = await Promise.allSettled(
        ["a", "b", "a", "c"].map((name) => engine.batch([insertThing(name), insertThing(`${name}${name}`)])),
      );
      assertEquals(
        outcomes.map(({ status }) => status),
        ["fulfilled", "fulfilled", "rejected", "fulfilled"],
        "outcomes",
      );
      await assertThings(engine, "a", "aa", "b", "bb", "c", "cc");
    }),

  "rejects with the reason of an abort that came before the batch began": (place) =>
    useEngine(place, async (engine) => {
      const reason = new Error("enough");
      const error = await engine
        .batch([insertThing("a")], { signal: AbortSignal.abort(reason) })
        .catch((caught: unknown) => caught);
      assert(error === reason, "expected the reason itself");
      const controller = new AbortController();
      const first = engine.batch([insertThing("b")], { signal: controller.signal });
      const second = engine.batch([insertThing("c")], { signal: controller.signal });
      await first;
      controller.abort(reason);
      await second.catch(() => undefined);
      assertEquals((await engine.query({ sql: "SELECT COUNT(*) FROM things WHERE name = 'a'" }))[0], [0], "rows");
      const query = { sql: "SELECT 1" };
      const refused = await engine.query(query, { signal: controller.signal }).catch((caught: unknown) => caught);
      assert(refused === reason, "expected the reason itself");
    }),
};
