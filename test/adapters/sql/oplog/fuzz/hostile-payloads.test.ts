import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../../src/adapters/fs/memory.ts";
import { createNativeHasher } from "../../../../../src/adapters/hash/native.ts";
import { encodeBatch, encodeMigration } from "../../../../../src/adapters/sql/oplog/log/batch-payload.ts";
import { toHex } from "../../../../../src/adapters/sql/oplog/log/bytes.ts";
import { createDigest } from "../../../../../src/adapters/sql/oplog/log/chain.ts";
import { encodeFrame, type FrameKind } from "../../../../../src/adapters/sql/oplog/log/frame.ts";
import { HEADER_BYTES, parseHeader } from "../../../../../src/adapters/sql/oplog/log/log-header.ts";
import { migrationScript } from "../../../../../src/adapters/sql/oplog/replica/schema.ts";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import type { SqlStatement } from "../../../../../src/ports/sql.ts";
import { insert, listNames, MIGRATIONS_2, names, openEngine, writeFile } from "../_engine-world.ts";

/*
 * Frames whose chains are right, as somebody made them who knows the format, with payloads that do what no batch does.
 */

const PATH = "/catalog.sqlite";
const LOG = `${PATH}.oplog`;
const ADD = "INSERT INTO things (name, data) VALUES (?, ?)";
/** SQL reaches no file: what a database attaches lies in memory, too. */
const ELSEWHERE = join(tmpdir(), `attached-${process.pid}.sqlite`);
const digest = createDigest(createNativeHasher());

interface Hostile {
  readonly kind: FrameKind;
  readonly payload: Uint8Array;
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

/** A catalog with "a" in its log, and behind that what `make` gives. */
async function createWith(make: (log: Uint8Array) => Hostile, after = new Uint8Array(0)): Promise<FileSystem> {
  const fs = createMemoryFileSystem();
  const engine = await openEngine({ fs, path: PATH, checkpointOnClose: "never" });
  await engine.batch([insert("a")]);
  await engine.close();
  const log = await fs.readFile(LOG);
  const header = await parseHeader(digest, log);
  if (header === undefined || header === "newer") throw new TypeError("Cannot go on: the log has no header");
  const content = { ...make(log), start: log.byteLength, sequence: header.baseSequence + 2 };
  const frame = await encodeFrame(digest, content, toHex(log.subarray(-32)));
  await fs.unlink(LOG);
  await writeFile(fs, LOG, joined(log, frame, after));
  return fs;
}

function batch(...statements: readonly SqlStatement[]): Hostile {
  return { kind: "batch", payload: encodeBatch({ schemaVersion: 1, statements }) };
}

/** A batch with one statement whose text and number of parameters are those, and no parameters. */
function promising(parameters: readonly number[]): Hostile {
  const { payload } = batch({ sql: ADD });
  return { kind: "batch", payload: joined(payload.subarray(0, -1), Uint8Array.from(parameters)) };
}

function migration(from: number, to: number, script: string): Hostile {
  return { kind: "migration", payload: encodeMigration({ from, to, script }) };
}

const ENDLESS = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)";

const HUGE = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];

const REFUSED: readonly (readonly [what: string, hostile: Hostile, reason: RegExp])[] = [
  ["ATTACH", batch({ sql: "ATTACH '/tmp/other.sqlite' AS other" }), /only SELECT, INSERT/],
  ["PRAGMA", batch({ sql: "PRAGMA writable_schema = ON" }), /only SELECT, INSERT/],
  ["BEGIN", batch({ sql: "BEGIN" }), /only SELECT, INSERT/],
  ["COMMIT behind a comment", batch({ sql: "/* SELECT */ COMMIT" }), /only SELECT, INSERT/],
  ["VACUUM INTO", batch({ sql: "VACUUM INTO '/tmp/other.sqlite'" }), /only SELECT, INSERT/],
  ["CREATE TRIGGER", batch({ sql: "CREATE TRIGGER t AFTER INSERT ON things BEGIN SELECT 1; END" }), /only SELECT/],
  ["DROP TABLE", batch({ sql: "DROP TABLE things" }), /only SELECT, INSERT/],
  ["two statements in one", batch({ sql: "DELETE FROM things; DROP TABLE things" }), /more than one statement/],
  ["a change of the schema table", batch({ sql: "DELETE FROM sqlite_schema" }), /may not be modified/],
  ["a table that does not exist", batch({ sql: "DELETE FROM missing" }), /no such table/],
  ["too many parameters", batch({ sql: ADD, parameters: ["b", null, 3] }), /out of range|bind/],
  ["fewer parameters than promised", promising([9]), /end too early/],
  ["more parameters than there are bytes", promising(HUGE), /end too early/],
  ["a recursion without end", batch({ sql: `INSERT INTO parts (id) ${ENDLESS} SELECT x FROM n` }), /it has WITH/],
  ["a recursion without a row", batch({ sql: `${ENDLESS} SELECT COUNT(*) FROM n` }), /it has WITH/],
  [
    "a product of tables",
    batch({ sql: "DELETE FROM things WHERE id IN (SELECT a.id FROM things a, things b)" }),
    /two/,
  ],
  ["a row that is there", batch(insert("a")), /UNIQUE/],
  ["half of a batch that fails", batch(insert("b"), insert("b")), /UNIQUE/],
  ["a migration that is none", { kind: "migration", payload: Uint8Array.of(1) }, /end too early/],
  ["a migration that leads nowhere", migration(1, 1, "SELECT 1"), /leads from 1 to 1/],
  ["a migration that leads back", migration(2, 1, "SELECT 1"), /leads from 2 to 1/],
];

describe("a valid frame with a hostile payload", () => {
  it.each(REFUSED)("is CORRUPT and changes nothing: %s", async (_what, hostile, reason) => {
    const fs = await createWith(() => hostile);
    const before = [await fs.readFile(PATH), await fs.readFile(LOG)];
    for (const mode of ["read", "write"] as const) {
      const expected = { code: "CORRUPT", message: expect.stringMatching(reason) };
      await expect(openEngine({ fs, path: PATH, mode })).rejects.toMatchObject(expected);
    }
    expect([await fs.readFile(PATH), await fs.readFile(LOG)]).toEqual(before);
    expect((await listNames(fs, "/")).filter((name) => !name.startsWith("catalog.sqlite"))).toEqual([]);
  });

  it("of a newer schema is SCHEMA_TOO_NEW", async () => {
    for (const hostile of [
      { kind: "batch", payload: encodeBatch({ schemaVersion: 2, statements: [insert("b")] }) },
      { kind: "migration", payload: encodeMigration({ from: 1, to: 2, script: "SELECT 1" }) },
    ] as const) {
      const fs = await createWith(() => hostile);
      await expect(openEngine({ fs, path: PATH })).rejects.toMatchObject({ code: "SCHEMA_TOO_NEW" });
    }
  });

  it.each([
    ["fails", "CREATE TABLE b (c); SELECT missing"],
    ["makes a trigger", "CREATE TRIGGER t AFTER INSERT ON things BEGIN DELETE FROM things; END"],
    ["makes a view", "CREATE VIEW v AS SELECT 1"],
    ["makes a trigger of this connection", "CREATE TEMP TRIGGER t AFTER INSERT ON things BEGIN SELECT 1; END"],
    ["attaches another database", `ATTACH '${ELSEWHERE}' AS e; CREATE TABLE e.b (c)`],
    ["has a transaction of its own", "COMMIT; CREATE TABLE b (c); CREATE VIEW v AS SELECT 1; BEGIN"],
    ["never ends", `CREATE TABLE b AS ${ENDLESS} SELECT COUNT(*) FROM n`],
    ["does what it should, and more", `${migrationScript(1, MIGRATIONS_2)};DELETE FROM things`],
  ])("that is a migration whose script %s is CORRUPT", async (_what, script) => {
    const fs = await createWith(() => migration(1, 2, script));
    const message = expect.stringMatching(/its script is not the one that leads from 1 to 2/);
    const opening = openEngine({ fs, path: PATH, migrations: MIGRATIONS_2 });
    await expect(opening).rejects.toMatchObject({ code: "CORRUPT", message });
    expect(existsSync(ELSEWHERE)).toBe(false);
  });

  it("that is the migration that all have counts", async () => {
    const fs = await createWith(() => migration(1, 2, migrationScript(1, MIGRATIONS_2)));
    const engine = await openEngine({ fs, path: PATH, mode: "read", migrations: MIGRATIONS_2 });
    expect(await engine.query({ sql: "SELECT name, colour FROM things" })).toEqual([["a", null]]);
    await engine.close();
  });

  it("that leaves parameters out stores NULL, as SQLite does", async () => {
    const fs = await createWith(() => batch({ sql: ADD, parameters: ["b"] }));
    const engine = await openEngine({ fs, path: PATH, mode: "read" });
    expect(await engine.query({ sql: "SELECT name, data FROM things ORDER BY name" })).toEqual([
      ["a", null],
      ["b", null],
    ]);
    await engine.close();
  });

  it("that contains frames, even the next one, is only data", async () => {
    // What comes next, as if it stood behind: its offset and chain cannot be known inside of itself.
    const fs = await createWith((log) => batch({ sql: ADD, parameters: ["b", log.subarray(HEADER_BYTES)] }));
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("c")]);
    expect(await names(engine)).toEqual(["a", "b", "c"]);
    await engine.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });

  it("whose length goes beyond the file is void, and what comes next takes its place", async () => {
    const long = new Uint8Array(64);
    const view = new DataView(long.buffer);
    const fs = await createWith(() => batch(insert("b")), long);
    const log = await fs.readFile(LOG);
    const at = log.byteLength - long.byteLength;
    view.setUint32(0, 0x3146_4343, true);
    view.setUint32(4, 1, true);
    view.setBigUint64(8, BigInt(at), true);
    view.setBigUint64(16, 3n, true);
    view.setUint32(24, 0xffff_ffff, true);
    await fs.unlink(LOG);
    await writeFile(fs, LOG, joined(log.subarray(0, at), long));
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("c")]);
    expect(await names(engine)).toEqual(["a", "b", "c"]);
    await engine.close();
  });
});
