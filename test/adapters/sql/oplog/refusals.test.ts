import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../../../src/testing/faulty-file-system.ts";
import {
  insert,
  inTemporaryFolder,
  listNames,
  MIGRATIONS_2,
  openEngine,
  overrideCalls,
  overrideHandles,
  sqljs,
  writeFile,
} from "./_engine-world.ts";

const PATH = "/catalog.sqlite";

async function createCatalog(fs: FileSystem): Promise<Uint8Array> {
  const engine = await openEngine({ fs, path: PATH });
  await engine.batch(Array.from({ length: 500 }, (_, index) => insert(`thing ${index}`, index)));
  await engine.close();
  const bytes = await fs.readFile(PATH);
  await fs.unlink(PATH);
  return bytes;
}

/** A catalog file changed by SQL that only another tool would run. */
async function editCatalog(sql: string): Promise<Uint8Array> {
  const db = new sqljs.Database(await createCatalog(createMemoryFileSystem()));
  db.run(sql);
  const bytes = db.export();
  db.close();
  return bytes;
}

async function patchCatalog(offset: number, ...values: number[]): Promise<Uint8Array> {
  const bytes = (await createCatalog(createMemoryFileSystem())).slice();
  bytes.set(values, offset);
  return bytes;
}

const FILES: readonly (readonly [what: string, bytes: () => Promise<Uint8Array>, expected: object])[] = [
  ["an empty file", async () => new Uint8Array(0), { code: "CORRUPT", hint: expect.stringMatching("delete the file") }],
  [
    "a text",
    async () => new TextEncoder().encode("hello ".repeat(999)),
    { code: "CORRUPT", message: expect.stringMatching("no SQLite database") },
  ],
  [
    "three bytes",
    async () => new TextEncoder().encode("SQL"),
    { code: "CORRUPT", message: expect.stringMatching("no SQLite database") },
  ],
  [
    "half a header",
    async () => (await patchCatalog(0)).slice(0, 50),
    { code: "CORRUPT", message: expect.stringMatching("cut short within its header") },
  ],
  [
    "a file cut short",
    async () => (await patchCatalog(0)).slice(0, 9000),
    { code: "CORRUPT", message: expect.stringMatching("cut short") },
  ],
  [
    "another database",
    () => editCatalog("PRAGMA application_id = 0"),
    { code: "CORRUPT", message: expect.stringMatching("is a SQLite database but no catalog") },
  ],
  [
    "another program's file",
    () => editCatalog("PRAGMA application_id = 252006674"),
    { code: "CORRUPT", message: expect.stringMatching("another program \\(application id 0x0f055112\\)") },
  ],
  [
    "a WAL-mode file",
    () => patchCatalog(18, 2, 2),
    { code: "UNSUPPORTED", hint: expect.stringMatching("PRAGMA journal_mode=DELETE") },
  ],
  [
    "a newer schema",
    () => editCatalog("PRAGMA user_version = 7"),
    { code: "SCHEMA_TOO_NEW", details: { path: PATH, found: 7, supported: 1 } },
  ],
  [
    "no schema version",
    () => editCatalog("PRAGMA user_version = 0"),
    { code: "CORRUPT", message: expect.stringMatching("no valid schema version") },
  ],
  [
    "a trigger",
    () => editCatalog("CREATE TRIGGER t1 AFTER INSERT ON things BEGIN DELETE FROM things; END"),
    { code: "CORRUPT", message: expect.stringMatching('trigger "t1"') },
  ],
  [
    "a view",
    () => editCatalog("CREATE VIEW v1 AS SELECT 1"),
    { code: "CORRUPT", message: expect.stringMatching('view "v1"') },
  ],
  [
    "a virtual table",
    () => editCatalog("CREATE VIRTUAL TABLE f1 USING fts3(a)"),
    { code: "CORRUPT", message: expect.stringMatching('virtual table "f1"') },
  ],
  ["a damaged schema page", () => patchCatalog(100, 0xff, 0xff, 0xff), { code: "CORRUPT" }],
];

describe("a file that is no catalog", () => {
  for (const mode of ["read", "write", "create"] as const) {
    it.each(FILES)(`is refused by name and left alone when opened to ${mode}: %s`, async (_, make, expected) => {
      const fs = createMemoryFileSystem();
      const bytes = await make();
      await writeFile(fs, PATH, bytes);
      await expect(openEngine({ fs, path: PATH, mode })).rejects.toMatchObject(expected);
      expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
      expect(Buffer.from(await fs.readFile(PATH)).equals(bytes)).toBe(true);
    });
  }

  it("is named when its damage shows behind the schema", async () => {
    const fs = createMemoryFileSystem();
    const bytes = (await createCatalog(createMemoryFileSystem())).slice();
    for (let page = 4096; page < bytes.length; page += 4096) bytes.fill(0xff, page, page + 200);
    await writeFile(fs, PATH, bytes);
    await expect(openEngine({ fs, path: PATH })).rejects.toMatchObject({ code: "CORRUPT" });
    expect(Buffer.from(await fs.readFile(PATH)).equals(bytes)).toBe(true);
  });
});

describe("a path that is no file", () => {
  it.each(["read", "write"] as const)("is NOT_FOUND when nothing is there, to %s", async (mode) => {
    const fs = createMemoryFileSystem();
    await expect(openEngine({ fs, path: PATH, mode })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(openEngine({ fs, path: "/no/folder/c.sqlite", mode })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await listNames(fs, "/")).toEqual([]);
  });

  it("is refused when it is a folder", async () => {
    const fs = createMemoryFileSystem();
    await fs.makeDirectory("/folder");
    const error = { code: "CONFIGURATION", message: 'Cannot open "/folder": it is a folder' };
    await expect(openEngine({ fs, path: "/folder" })).rejects.toMatchObject(error);
  });

  it("is refused when it is neither file nor folder", async () => {
    const path = "/dev/null";
    await inTemporaryFolder(async (_, fs) => {
      await expect(openEngine({ fs, path })).rejects.toMatchObject({ code: "CONFIGURATION" });
    });
  });

  it("is not replaced when nobody may write it", async () => {
    const fs = createMemoryFileSystem();
    await (await openEngine({ fs, path: PATH })).close();
    await fs.setMode(PATH, 0o444);
    const before = await fs.readFile(PATH);
    const engine = await openEngine({ fs, path: PATH });
    await expect(engine.batch([insert("one")])).rejects.toMatchObject({ code: "READ_ONLY" });
    await engine.close();
    expect(Buffer.from(await fs.readFile(PATH)).equals(before)).toBe(true);
    await fs.setMode(PATH, 0o644);
    const again = await openEngine({ fs, path: PATH });
    await again.batch([insert("one")]);
    await again.close();
  });

  it("is misuse when it is relative, or when migrations have gaps or are missing", async () => {
    await expect(openEngine({ path: "catalog.sqlite" })).rejects.toThrow(TypeError);
    await expect(openEngine({ path: PATH, migrations: MIGRATIONS_2.slice(1) })).rejects.toThrow(RangeError);
    await expect(openEngine({ path: PATH, migrations: [] })).rejects.toThrow(RangeError);
  });
});

describe("an error of the file system", () => {
  it.each([
    ["EACCES", "PERMISSION"],
    ["EPERM", "PERMISSION"],
    ["EROFS", "READ_ONLY"],
    ["ENOSPC", "NO_SPACE"],
    ["EIO", "BACKEND"],
  ])("%s becomes %s when the catalog is created", async (code, expected) => {
    const fs = createFaultyFileSystem(createMemoryFileSystem(), { operations: ["makeDirectory"], failAt: 1, code });
    await expect(openEngine({ fs, path: "/state/c.sqlite" })).rejects.toMatchObject({ code: expected });
  });

  it.each([
    ["EACCES", "PERMISSION"],
    ["EIO", "BACKEND"],
  ])("%s becomes %s when the catalog is read", async (code, expected) => {
    const memory = createMemoryFileSystem();
    await (await openEngine({ fs: memory, path: PATH })).close();
    const fs = createFaultyFileSystem(memory, { operations: ["open"], failAt: 1, code });
    await expect(openEngine({ fs, path: PATH })).rejects.toMatchObject({ code: expected });
  });

  it("is NOT_FOUND for a file that is removed while it is opened", async () => {
    const memory = createMemoryFileSystem();
    await (await openEngine({ fs: memory, path: PATH })).close();
    const realPath = async (path: string): Promise<string> => {
      await memory.unlink(path);
      return path;
    };
    const fs = overrideCalls(memory, { realPath });
    const opened = openEngine({ fs, path: PATH, mode: "write" });
    await expect(opened).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("says that a file is too large when there is no memory for it", async () => {
    const memory = createMemoryFileSystem();
    await (await openEngine({ fs: memory, path: PATH })).close();
    const Database = class extends sqljs.Database {
      constructor(data?: ArrayLike<number> | null) {
        super(data);
        throw new RangeError("Array buffer allocation failed");
      }
    };
    const expected = { code: "UNSUPPORTED", message: expect.stringMatching("too large for sql.js") };
    await expect(openEngine({ fs: memory, path: PATH, sqljs: { Database } })).rejects.toMatchObject(expected);
    const huge = overrideHandles(memory, (handle) => ({
      stat: async () => ({ ...(await handle.stat()), sizeBytes: Number.MAX_SAFE_INTEGER }),
    }));
    await expect(openEngine({ fs: huge, path: PATH })).rejects.toMatchObject(expected);
  });
});
