import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import initSqlJs from "sql.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createNativeHasher } from "../../src/adapters/hash/native.ts";
import { encodeBatch } from "../../src/adapters/sql/oplog/log/batch-payload.ts";
import { createDigest } from "../../src/adapters/sql/oplog/log/chain.ts";
import { encodeFrame } from "../../src/adapters/sql/oplog/log/frame.ts";
import { encodeHeader, type LogHeader } from "../../src/adapters/sql/oplog/log/log-header.ts";
import { fingerprintOf } from "../../src/adapters/sql/oplog/protocol/fingerprint.ts";
import { MIGRATIONS } from "../../src/catalog/migrations.gen.ts";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { jsonLines } from "./verdict.ts";
import { lineOf, makeWorkplace, type Workplace } from "./workplace.ts";

/** As large as a name can be that an attack was made with, and one that is refused as well and costs less to try. */
const [HUGE, LARGE] = [100_000_000, 5_000_000];

let place: Workplace;
let whole: Uint8Array;

beforeAll(async () => {
  place = makeWorkplace();
  const input = ["one", "two", "three"].map((id) => lineOf(id, { bytes: 6 })).join("");
  expect((await place.run(["import-manifest", "-", "--hash", "none"], { input })).exitCode).toBe(EXIT.done);
  whole = readFileSync(place.catalogPath);
});

beforeEach(() => putCatalog(whole));

afterAll(() => place.remove());

/** Puts a catalog in the place of the one of the test before, and of all that is beside it. */
function putCatalog(bytes: Uint8Array): void {
  rmSync(dirname(place.catalogPath), { recursive: true });
  mkdirSync(dirname(place.catalogPath));
  writeFileSync(place.catalogPath, bytes);
}

/** The catalog as a tool leaves it that knows nothing of it. */
async function tampered(sql: string): Promise<Uint8Array> {
  const { Database } = await initSqlJs();
  const db = new Database(Uint8Array.from(whole));
  try {
    db.run(`PRAGMA foreign_keys = OFF; ${sql}`);
    return db.export();
  } finally {
    db.close();
  }
}

/** What takes long enough with the largest one to be stopped in the middle. */
const LONG = [
  ["search", "--text", "zzz"],
  ["remove", "2"],
];

describe.each([
  ["100 MB", HUGE, [["--text", "THREE"]], LONG],
  ["5 MB", LARGE, [[], ["--json"], ["--text", "é"]], []],
])("a catalog with an id of %s", (_size, bytes, searches, stopped) => {
  let huge: Uint8Array;

  beforeAll(async () => {
    huge = await tampered(`UPDATE documents SET artifact_id = '\u001b[2J' || hex(zeroblob(${bytes / 2})) WHERE id = 2`);
  });

  beforeEach(() => putCatalog(huge));

  afterAll(() => {
    huge = new Uint8Array();
  });

  it.each(searches.map((flags) => [flags]))("gives all other rows, and ends with CORRUPT: search %j", async (flags) => {
    const ended = await place.run(["search", ...flags]);
    expect(ended).toMatchObject({ exitCode: EXIT.damaged, signal: null });
    expect(ended.stdout.includes("three")).toBe(!flags.includes("é"));
    expect(ended.stderr).toMatch(/document 2: its artifact_id is a text of \d+ characters/);
    expect(ended.stderr).toContain("catalog remove 2");
    expect(ended.stderr).not.toContain("\u001b");
    expect(ended.stderr.length).toBeLessThan(2000);
  });

  it("is mended by remove", async () => {
    const removed = await place.run(["remove", "2", "--json"]);
    expect(removed).toMatchObject({ exitCode: EXIT.done });
    expect(jsonLines(removed.stdout)).toContainEqual(expect.objectContaining({ kind: "damaged", id: 2 }));
    const found = await place.run(["search", "--json"]);
    expect(found.exitCode).toBe(EXIT.done);
    expect(jsonLines(found.stdout).filter(({ type }) => type === "record")).toHaveLength(2);
  });

  it.each(stopped.map((argv) => [argv]))("obeys SIGTERM: %j", async (argv) => {
    const ended = await place.run(argv, {
      onStart: (running) => {
        running.endInput();
        setTimeout(() => running.kill("SIGTERM"), 300);
      },
    });
    expect([EXIT.interrupted, EXIT.damaged, EXIT.done]).toContain(ended.exitCode ?? EXIT.interrupted);
  });
});

describe("a catalog with a large id", () => {
  it("can be counted, and says what remove would do", async () => {
    putCatalog(await tampered(`UPDATE documents SET artifact_id = hex(zeroblob(${LARGE / 2})) WHERE id = 2`));
    expect((await place.run(["stats"])).exitCode).toBe(EXIT.done);
    const dry = await place.run(["remove", "2", "--dry-run"]);
    expect(dry).toMatchObject({ exitCode: EXIT.done, stdout: expect.stringContaining("Would remove 1 document") });
  });
});

describe("a catalog that another tool damaged", () => {
  it.each([
    ["UPDATE documents SET created_at = 'garbage' WHERE id = 2", ["search"], /document 2: its created_at is "garbage"/],
    ["UPDATE documents SET created_at = x'00' WHERE id = 2", ["show", "2"], /created_at is a BLOB of 1 bytes/],
    ["UPDATE documents SET source_url = x'1b5b' WHERE id = 2", ["show", "two"], /source_url is a BLOB of 2 bytes/],
    ["UPDATE documents SET bytes = 9223372036854775807", ["stats"], /document 1: its bytes is/],
    [
      "UPDATE documents SET bytes = 'many' WHERE id = 2",
      ["search", "--sort", "bytes"],
      /document 2: its bytes is "many"/,
    ],
    ["DROP TABLE variants", ["show", "1"], /has no table "variants"/],
    ["ALTER TABLE documents RENAME COLUMN run_id TO run", ["search"], /has no column "run_id"/],
    ["DROP INDEX documents_sha256", ["stats"], /CREATE INDEX documents_sha256/],
  ])("ends with CORRUPT: %s, %j", async (sql, argv, message) => {
    putCatalog(await tampered(sql));
    const ended = await place.run(argv);
    expect(ended).toMatchObject({ exitCode: EXIT.damaged, stderr: expect.stringMatching(message) });
  });
});

describe("a log with a statement that never ends", () => {
  const endless = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)";

  it.each([[["search"]], [["stats"]], [["remove", "1"]]])("is CORRUPT to %j", async (argv) => {
    await appendFrame(`${endless} SELECT COUNT(*) FROM n`);
    const ended = await place.run(argv);
    expect(ended).toMatchObject({ exitCode: EXIT.damaged, stderr: expect.stringContaining("it has WITH") });
  });
});

/** Makes a log with one frame, whose hashes are right. */
async function appendFrame(sql: string): Promise<void> {
  const digest = createDigest(createNativeHasher());
  const snapshot = readFileSync(place.catalogPath);
  const { Database } = await initSqlJs();
  const db = new Database(snapshot);
  const meta = new Map(db.exec("SELECT key, value FROM meta")[0]?.values.map(([key, value]) => [key, String(value)]));
  db.close();
  const [catalogId, base, baseChain] = ["catalog", "sequence", "chain"].map((key) => meta.get(`log_${key}`) ?? "");
  const header: LogHeader = {
    catalogId: catalogId ?? "",
    nonce: "0f".repeat(16),
    baseSequence: Number(base),
    baseChain: baseChain ?? "",
    fingerprint: await fingerprintOf(digest, snapshot),
  };
  const start = await encodeHeader(digest, header);
  const payload = encodeBatch({ schemaVersion: MIGRATIONS.length, statements: [{ sql }] });
  const content = { kind: "batch", start: start.byteLength, sequence: header.baseSequence + 1, payload } as const;
  const chain = Buffer.from(start.subarray(-32)).toString("hex");
  writeFileSync(`${place.catalogPath}.oplog`, Buffer.concat([start, await encodeFrame(digest, content, chain)]));
}
