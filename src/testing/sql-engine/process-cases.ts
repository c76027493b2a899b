import type { SqlEngine } from "../../ports/sql.ts";
import { assert, assertEquals, assertFails } from "../assert.ts";
import { assertThings, insertThing, type SqlEngineCase, type SqlEnginePlace, SUITE_MIGRATIONS } from "./place.ts";

const ROUNDS = 5;

/** What the port promises of several processes that have one database open. */
export const processCases: Readonly<Record<string, SqlEngineCase>> = {
  "shows a fresh query what others committed before, whoever wrote last": (place) =>
    useTwo(place, "write", async (engine, other) => {
      const all: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        // Whoever has just written may keep the lock for a moment.
        for (const [name, writer, reader] of [
          [`a${round}`, engine, other],
          [`b${round}`, other, engine],
        ] as const) {
          // It has looked a moment ago.
          await assertThings(reader, ...(await freshThings(reader)));
          await writer.batch([insertThing(name)]);
          all.push(name);
          assertEquals(await freshThings(reader), all.toSorted(), "fresh things");
        }
      }
      assertEquals(await freshThings(engine), all.toSorted(), "fresh things");
    }),

  "shows a batch that is not durable yet to every process when it resolves": (place) =>
    useTwo(place, "read", async (engine, reader) => {
      for (const name of ["a", "b", "c"]) {
        await engine.batch([insertThing(name)], { durable: false });
        assert((await freshThings(reader)).includes(name), `expected ${name} to be visible`);
      }
      await Promise.all(["d", "e"].map((name) => engine.batch([insertThing(name)], { durable: false })));
      assertEquals(await freshThings(reader), ["a", "b", "c", "d", "e"], "fresh things");
    }),

  "answers many fresh queries at once": (place) =>
    useTwo(place, "write", async (engine, other) => {
      const query = () => freshThings(engine);
      const before = query();
      await other.batch([insertThing("a")]);
      const found = await Promise.all([query(), query(), query()]);
      assertEquals(found, [["a"], ["a"], ["a"]], "fresh things");
      await before;
    }),

  "rejects a fresh query with the reason of an abort": (place) =>
    useTwo(place, "read", async (_engine, reader) => {
      const reason = new Error("enough");
      const query = { sql: "SELECT 1" };
      const options = { fresh: true, signal: AbortSignal.abort(reason) };
      const refused = await reader.query(query, options).catch((caught: unknown) => caught);
      assert(refused === reason, "expected the reason itself");
    }),

  "syncs what a reader saw, and lets it write nothing": (place) =>
    useTwo(place, "read", async (engine, reader) => {
      await reader.sync();
      await engine.batch([insertThing("a")], { durable: false });
      assertEquals(await freshThings(reader), ["a"], "fresh things");
      await Promise.all([reader.sync(), reader.sync(), engine.sync()]);
      await assertFails(() => reader.batch([insertThing("b")]), "READ_ONLY");
      await assertFails(() => reader.checkpoint(), "READ_ONLY");
      await engine.batch([insertThing("c")]);
      await engine.checkpoint();
      assertEquals(await freshThings(reader), ["a", "c"], "fresh things");
      await reader.sync();
    }),

  "counts commits, the same for all and for good": async (place) => {
    let last = -1;
    await useTwo(place, "write", async (engine, other) => {
      const rises = async (writer: SqlEngine, name: string, durable: boolean): Promise<void> => {
        await writer.batch([insertThing(name)], { durable });
        for (const each of [writer, other, engine]) await freshThings(each);
        const now = await sequenceOf(writer);
        assert(now > last, `expected more than ${last}`);
        last = now;
        for (const each of [other, engine]) assertEquals(await sequenceOf(each), last, "sequence");
      };
      last = await sequenceOf(engine);
      await rises(engine, "a", true);
      await rises(other, "b", false);
      await engine.checkpoint();
      assertEquals(await sequenceOf(engine), last, "sequence after a checkpoint");
      await rises(engine, "c", false);
      await engine.batch([{ sql: "DELETE FROM things WHERE name = ?", parameters: ["nobody"] }]);
      assertEquals(await sequenceOf(engine), last, "sequence after a batch that changed nothing");
    });
    await useTwo(place, "read", async (engine, reader) => {
      for (const each of [engine, reader]) assertEquals(await sequenceOf(each), last, "sequence after opening again");
    });
  },
};

async function sequenceOf(engine: SqlEngine): Promise<number> {
  const { sequence } = await engine.describe();
  assert(Number.isSafeInteger(sequence) && sequence >= 0, "expected a number of commits");
  return sequence;
}

async function freshThings(engine: SqlEngine): Promise<string[]> {
  const rows = await engine.query({ sql: "SELECT name FROM things ORDER BY name" }, { fresh: true });
  return rows.map(([name]) => String(name));
}

/** Runs `work` with the database open in two processes, the first for writing. */
async function useTwo(
  place: SqlEnginePlace,
  mode: "write" | "read",
  work: (engine: SqlEngine, other: SqlEngine) => Promise<void>,
): Promise<void> {
  const engine = await place.open(SUITE_MIGRATIONS);
  try {
    const other = await place.openAsOther(SUITE_MIGRATIONS, mode);
    try {
      await work(engine, other);
    } finally {
      await other.close();
    }
  } finally {
    await engine.close();
  }
}
