import type { CheckOptions, SqlDamage, SqlEngine } from "../../ports/sql.ts";
import { assert, assertEquals, assertFails } from "../assert.ts";
import { assertThings, insertThing, type SqlEngineCase, SUITE_MIGRATIONS, useEngine } from "./place.ts";

/** What the port promises of durability, migrations and closing, as far as it can be seen without a crash. */
export const lifeCases: Readonly<Record<string, SqlEngineCase>> = {
  "keeps what was acknowledged over closing and opening": async (place) => {
    await useEngine(place, async (engine) => {
      await engine.batch([insertThing("a")]);
      await engine.batch([insertThing("b")], { durable: false });
    });
    await useEngine(place, async (engine) => assertThings(engine, "a", "b"));
  },

  "shows at once what was applied": (place) =>
    useEngine(place, async (engine) => {
      await engine.batch([insertThing("a")], { durable: false });
      await assertThings(engine, "a");
      await engine.sync();
      await engine.sync();
      await assertThings(engine, "a");
    }),

  "makes earlier batches durable with a later one, also with one that changes nothing": (place) =>
    useEngine(place, async (engine) => {
      await engine.batch([insertThing("a")], { durable: false });
      const nothing = { sql: "DELETE FROM things WHERE name = ?", parameters: ["nobody"] };
      assertEquals((await engine.batch([nothing]))[0]?.changes, 0, "changes");
      await assertThings(engine, "a");
    }),

  "makes a batch durable that was made before closing": async (place) => {
    const engine = await place.open(SUITE_MIGRATIONS);
    const batches = ["a", "b", "c"].map((name) => engine.batch([insertThing(name)]));
    await engine.close();
    await Promise.all(batches);
    await useEngine(place, async (again) => assertThings(again, "a", "b", "c"));
  },

  "can be closed twice and refuses every call afterwards": async (place) => {
    const engine = await place.open(SUITE_MIGRATIONS);
    await Promise.all([engine.close(), engine.close()]);
    await engine.close();
    await assertFails(() => engine.batch([]), "CLOSED");
    await assertFails(() => engine.query({ sql: "SELECT 1" }), "CLOSED");
    await assertFails(() => engine.sync(), "CLOSED");
    await assertFails(() => engine.describe(), "CLOSED");
    await assertFails(() => engine.checkpoint(), "CLOSED");
    await assertFails(() => listDamage(engine), "CLOSED");
  },

  "changes nothing with a checkpoint, and goes on": async (place) => {
    await useEngine(place, async (engine) => {
      await engine.checkpoint();
      await engine.batch([insertThing("a")]);
      const { batches, logBytes, sizeBytes } = await engine.checkpoint();
      for (const number of [batches, logBytes, sizeBytes]) assert(number >= 0, "expected what it did");
      await assertThings(engine, "a");
      assertEquals((await engine.checkpoint()).batches, 0, "batches");
      await engine.batch([insertThing("b")]);
    });
    await useEngine(place, async (engine) => assertThings(engine, "a", "b"));
  },

  "finds nothing wrong where nothing is, and changes nothing": async (place) => {
    await useEngine(place, async (engine) => {
      assertEquals(await listDamage(engine), []);
      await engine.batch([
        insertThing("a"),
        { sql: "INSERT INTO parts (id, thing) VALUES (?, ?)", parameters: [1, "a"] },
      ]);
      const { sequence } = await engine.describe();
      assertEquals(await listDamage(engine), []);
      assertEquals((await engine.describe()).sequence, sequence);
      const reader = await place.openAsOther(SUITE_MIGRATIONS, "read");
      assertEquals(await listDamage(reader), []);
      await reader.close();
      await engine.checkpoint();
      assertEquals(await listDamage(engine), []);
    });
    await useEngine(place, async (engine) => assertEquals(await listDamage(engine), []));
  },

  "looks for nothing any more when it is aborted": (place) =>
    useEngine(place, async (engine) => {
      const signal = AbortSignal.abort("enough");
      const reason = await listDamage(engine, { signal }).catch((error: unknown) => error);
      assertEquals(reason, "enough");
    }),

  "describes itself": (place) =>
    useEngine(place, async (engine) => {
      const { name, schemaVersion, sizeBytes } = await engine.describe();
      assert(name.length > 0, "expected a name for people");
      assertEquals(schemaVersion, 1, "schema version");
      assert(sizeBytes > 0, "expected a size");
    }),

  "migrates forward, keeping the rows, and refuses to go back": async (place) => {
    await useEngine(place, async (engine) => {
      await engine.batch([insertThing("a")]);
    });
    const colour = { version: 2, name: "colour", sql: "ALTER TABLE things ADD COLUMN colour TEXT;" };
    const newer = await place.open([...SUITE_MIGRATIONS, colour]);
    await newer.batch([{ sql: "UPDATE things SET colour = ?", parameters: ["red"] }]);
    assertEquals(await newer.query({ sql: "SELECT name, colour FROM things" }), [["a", "red"]], "rows");
    assertEquals((await newer.describe()).schemaVersion, 2, "schema version");
    await newer.close();
    await assertFails(() => place.open(SUITE_MIGRATIONS), "SCHEMA_TOO_NEW");
  },
};

/** But for what processes left: one that is silent for long may be taken for one. */
async function listDamage(engine: SqlEngine, options?: CheckOptions): Promise<readonly SqlDamage[]> {
  const found: SqlDamage[] = [];
  for await (const damage of engine.check(options)) if (damage.kind !== "leftover") found.push(damage);
  return found;
}
