import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { loadEmbeddedSqlJs } from "../../../../src/adapters/sql/wasm/load-embedded.ts";
import { SQL_WASM_BASE64 } from "../../../../src/adapters/sql/wasm/sql-wasm.gen.ts";

it("carries the WebAssembly of the installed sql.js", () => {
  const path = createRequire(import.meta.url).resolve("sql.js/dist/sql-wasm.wasm");
  expect(readFileSync(path).equals(Buffer.from(SQL_WASM_BASE64, "base64"))).toBe(true);
});

it("gives a sql.js that works, once a process", async () => {
  const sqljs = await loadEmbeddedSqlJs();
  const database = new sqljs.Database();
  expect(database.exec("SELECT 6 * 7")).toEqual([{ columns: ["6 * 7"], values: [[42]] }]);
  database.close();
  expect(await loadEmbeddedSqlJs()).toBe(sqljs);
});
