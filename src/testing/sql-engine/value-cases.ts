import type { SqlValue } from "../../ports/sql.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { insertThing, type SqlEngineCase, useEngine } from "./place.ts";

const TEXTS = ["", "a", "Käse", "\u0000", "a\u0000b", "🙂", "e\u0301", "x".repeat(100_000), "'; DROP TABLE things; --"];
const SIZES = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1];

/** What the port promises of values and of queries. */
export const valueCases: Readonly<Record<string, SqlEngineCase>> = {
  "gives back integers, up to the largest safe one": (place) =>
    useEngine(place, async (engine) => {
      for (const size of SIZES) await engine.batch([insertThing(`n${size}`, size)], { durable: false });
      const rows = await engine.query({ sql: "SELECT size FROM things ORDER BY size" });
      assertEquals(
        rows,
        SIZES.map((size) => [size]),
        "sizes",
      );
      const [row] = await engine.query({ sql: "SELECT name FROM things WHERE size = ?", parameters: [2 ** 53 - 1] });
      assertEquals(row, [`n${2 ** 53 - 1}`], "found by value");
    }),

  "gives back texts and NULL": (place) =>
    useEngine(place, async (engine) => {
      for (const text of TEXTS.filter((value) => !value.includes("\u0000"))) {
        const [inserted] = await engine.batch(
          [{ sql: "INSERT INTO things (name, size) VALUES (?, ?) RETURNING name, size", parameters: [text, null] }],
          { durable: false },
        );
        assertEquals(inserted?.rows, [[text, null]], "row");
      }
    }),

  "gives back fractions": (place) =>
    useEngine(place, async (engine) => {
      const weight = { sql: "INSERT INTO things (name, weight) VALUES (?, ?)", parameters: ["a", 0.1] as SqlValue[] };
      await engine.batch([weight]);
      assertEquals(await engine.query({ sql: "SELECT weight FROM things" }), [[0.1]], "weight");
    }),

  "queries with parameters, again and again": (place) =>
    useEngine(place, async (engine) => {
      await engine.batch([insertThing("a", 1), insertThing("b", 2)]);
      const find = (name: string) =>
        engine.query({ sql: "SELECT size FROM things WHERE name = ?", parameters: [name] });
      assertEquals(await Promise.all(["a", "b", "c", "a"].map(find)), [[[1]], [[2]], [], [[1]]], "sizes");
    }),

  "queries with WITH, and refuses to change anything": (place) =>
    useEngine(place, async (engine) => {
      await engine.batch([insertThing("a")]);
      const one = "WITH one AS (SELECT 'x' AS name)";
      assertEquals(await engine.query({ sql: `${one} SELECT name FROM one` }), [["x"]], "rows");
      for (const sql of [
        `${one} INSERT INTO things (name) SELECT name FROM one`,
        "INSERT INTO things (name) VALUES ('y') RETURNING name",
        "DELETE FROM things",
      ]) {
        await assertThrows(() => engine.query({ sql }), sql);
      }
      assertEquals(await engine.query({ sql: "SELECT name FROM things" }), [["a"]], "things");
    }),
};
