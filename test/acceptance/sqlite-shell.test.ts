import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIGRATIONS } from "../../src/catalog/migrations.gen.ts";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { describeWith, outputOf } from "../components.ts";
// biome-ignore lint/correctness/useImportExtensions: scripts that nothing is installed for need it in JavaScript
import { makeCorpus } from "../corpus/make-corpus.mjs";
import { makeWorkplace, namesIn, type Workplace } from "./workplace.ts";

let place: Workplace;
let documents = 0;

beforeAll(async () => {
  place = makeWorkplace();
  documents = (await makeCorpus({ directory: `${place.path}/downloads`, records: 200, meanKib: 1 })).documents;
  const ended = await place.run(["import-manifest", "downloads/manifest.jsonl", "--hash", "all"]);
  expect(ended.exitCode).toBe(EXIT.partly);
});

afterAll(() => place.remove());

describe("a catalog at rest", () => {
  it("is one file", () => {
    expect(namesIn(`${place.path}/state`)).toEqual(["catalog.sqlite"]);
  });
});

describeWith("sqlite3", "the sqlite3 shell", (starter) => {
  const ask = (sql: string): readonly string[] =>
    outputOf(starter, ["-readonly", place.catalogPath, sql]).trimEnd().split("\n");

  it("finds a sound catalog", () => {
    expect(ask("PRAGMA integrity_check")).toEqual(["ok"]);
    expect(ask("PRAGMA foreign_key_check")).toEqual([""]);
    expect(ask("PRAGMA journal_mode")).toEqual(["delete"]);
    expect(ask("PRAGMA application_id")).toEqual([String(0x63617463)]);
    expect(ask("PRAGMA user_version")).toEqual([String(MIGRATIONS.length)]);
    expect(ask("PRAGMA encoding")).toEqual(["UTF-8"]);
    expect(ask("SELECT count(*) FROM documents")).toEqual([String(documents)]);
  });

  it("finds the columns of the design, and an index for every look-up", () => {
    expect(ask("SELECT group_concat(name) FROM pragma_table_info('documents')")).toEqual([
      "id,artifact_id,source_url,resolver,content_type,bytes,sha256,storage_uri,created_at,updated_at,run_id",
    ]);
    expect(ask("SELECT group_concat(name) FROM pragma_table_info('variants')")).toEqual([
      "id,document_id,variant,storage_uri,bytes,content_type,sha256,created_at",
    ]);
    const columns = [
      "sha256",
      "source_url",
      "storage_uri",
      "content_type",
      "resolver",
      "run_id",
      "created_at",
      "artifact_id",
    ];
    const looked = [...columns.map((name) => ["documents", name]), ["variants", "sha256"], ["variants", "storage_uri"]];
    for (const [table, column] of [...looked, ["variants", "document_id"]]) {
      const plan = ask(`EXPLAIN QUERY PLAN SELECT * FROM ${table} WHERE ${column} = 'x'`).join(" ");
      expect(plan).toContain(`SEARCH ${table} USING`);
    }
  });

  it("finds times and hashes that sort, and no trigger and no view", () => {
    expect(ask("SELECT count(*) FROM documents WHERE created_at NOT GLOB '????-??-??T??:??:??.???Z'")).toEqual(["0"]);
    expect(ask("SELECT count(*) FROM documents WHERE length(sha256) <> 64 OR sha256 <> lower(sha256)")).toEqual(["0"]);
    expect(ask("SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')")).toEqual(["0"]);
  });

  it("may add a row, which the command line then finds", async () => {
    const values = "'by hand', 'u', 'r', 1, 'file:///x', '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'";
    const columns = "artifact_id, source_url, resolver, bytes, storage_uri, created_at, updated_at";
    outputOf(starter, [place.catalogPath, `INSERT INTO documents (${columns}) VALUES (${values})`]);
    const ended = await place.run(["show", "by hand"]);
    expect(ended).toMatchObject({ exitCode: EXIT.done, stderr: "" });
    expect(ended.stdout).toContain("file:///x");
  });
});
