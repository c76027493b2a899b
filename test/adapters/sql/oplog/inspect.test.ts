import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import type { SqlEngine } from "../../../../src/ports/sql.ts";
import {
  createProcesses,
  insert,
  inspectBytes,
  listNames,
  MIGRATIONS_2,
  names,
  openEngine,
  sqljs,
  writeFile,
} from "./_engine-world.ts";

const PATH = "/catalog.sqlite";
const NEWER = { path: PATH, migrations: MIGRATIONS_2, processes: createProcesses(2) };
const COLOUR = { sql: "SELECT name, colour FROM things ORDER BY name" };

/** A catalog of the older schema, with a row in its snapshot and one in a log that is pending. */
async function createOlder(): Promise<FileSystem> {
  const fs = createMemoryFileSystem();
  const older = await openEngine({ fs, path: PATH, checkpointOnClose: "never" });
  await older.batch([insert("a")]);
  await older.checkpoint();
  await older.batch([insert("b")]);
  await older.close();
  return fs;
}

function inspect(fs: FileSystem): Promise<SqlEngine> {
  return openEngine({ ...NEWER, fs, mode: "inspect" });
}

describe("an opening that inspects", () => {
  it("shows an older schema as it is, and writes nothing", async () => {
    const fs = await createOlder();
    const before = await fs.readFile(PATH);
    const files = await listNames(fs, "/");
    const engine = await inspect(fs);
    expect(await engine.describe()).toMatchObject({ schemaVersion: 1, sequence: 2 });
    expect(await names(engine)).toEqual(["a", "b"]);
    await expect(engine.query(COLOUR)).rejects.toMatchObject({ code: "BACKEND" });
    await expect(engine.batch([insert("c")])).rejects.toMatchObject({ code: "READ_ONLY" });
    await expect(engine.checkpoint()).rejects.toMatchObject({ code: "READ_ONLY" });
    await engine.sync();
    await engine.close();
    expect(await fs.readFile(PATH)).toEqual(before);
    expect(await listNames(fs, "/")).toEqual(files);
    expect(inspectBytes(before).names).toEqual(["a"]);
  });

  it("shares nothing with one of the same process that reads, which has the newer schema in memory", async () => {
    const fs = await createOlder();
    const reader = await openEngine({ ...NEWER, fs, mode: "read" });
    const engine = await inspect(fs);
    expect((await reader.describe()).schemaVersion).toBe(2);
    expect((await engine.describe()).schemaVersion).toBe(1);
    expect(await reader.query(COLOUR)).toEqual([
      ["a", null],
      ["b", null],
    ]);
    await Promise.all([reader.close(), engine.close()]);
  });

  it("follows those who write to it, and who migrate it", async () => {
    const fs = await createOlder();
    const engine = await inspect(fs);
    const older = await openEngine({ fs, path: PATH, checkpointOnClose: "never" });
    await older.batch([insert("c")], { durable: false });
    await older.close();
    const { sequence } = await engine.describe();
    expect(await names(engine)).toEqual(["a", "b", "c"]);
    expect((await engine.describe()).schemaVersion).toBe(1);
    const newer = await openEngine({ ...NEWER, fs, mode: "write" });
    await newer.batch([{ sql: "UPDATE things SET colour = ?", parameters: ["red"] }], { durable: false });
    expect(await engine.query(COLOUR, { fresh: true })).toEqual(["a", "b", "c"].map((name) => [name, "red"]));
    const now = await engine.describe();
    expect(now.schemaVersion).toBe(2);
    expect(now.sequence).toBeGreaterThan(sequence);
    expect(now).toEqual(await newer.describe());
    await Promise.all([engine.close(), newer.close()]);
  });

  it("follows the migration frame itself", async () => {
    const fs = await createOlder();
    const older = await openEngine({ fs, path: PATH });
    await older.checkpoint();
    const engine = await inspect(fs);
    let met: number | undefined;
    // The log that has the migration is the second one; it is read while the migration is on its way.
    const watching: FileSystem = new Proxy(fs, {
      get: (target, name: keyof FileSystem) => {
        const member = target[name];
        if (name !== "rename") return typeof member === "function" ? member.bind(target) : member;
        return async (from: string, to: string) => {
          if (to === PATH && (await fs.stat(`${PATH}.oplog`)) !== undefined) {
            await engine.query({ sql: "SELECT 1" }, { fresh: true });
            met = (await engine.describe()).schemaVersion;
          }
          return target.rename(from, to);
        };
      },
    });
    await older.close();
    await (await openEngine({ ...NEWER, fs: watching, mode: "write" })).close();
    expect(met).toBe(2);
    expect(await engine.query(COLOUR)).toHaveLength(2);
    await engine.close();
  });

  it("refuses what is missing, damaged, newer, or no catalog, as every opening does", async () => {
    const fs = await createOlder();
    await expect(openEngine({ fs, path: "/none", mode: "inspect" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await (await openEngine({ ...NEWER, fs, mode: "write" })).close();
    const processes = createProcesses(3);
    const refused = openEngine({ fs, path: PATH, processes, mode: "inspect" });
    await expect(refused).rejects.toMatchObject({ code: "SCHEMA_TOO_NEW", details: { found: 2, supported: 1 } });
    await writeFile(fs, "/damaged", new Uint8Array(4096));
    await expect(openEngine({ fs, path: "/damaged", mode: "inspect" })).rejects.toMatchObject({ code: "CORRUPT" });
    const db = new sqljs.Database();
    db.run("CREATE TABLE other (id INTEGER)");
    await writeFile(fs, "/other", db.export());
    db.close();
    await expect(openEngine({ fs, path: "/other", mode: "inspect" })).rejects.toMatchObject({ code: "CORRUPT" });
    await fs.makeDirectory("/folder");
    await expect(openEngine({ fs, path: "/folder", mode: "inspect" })).rejects.toMatchObject({ code: "CONFIGURATION" });
  });
});
