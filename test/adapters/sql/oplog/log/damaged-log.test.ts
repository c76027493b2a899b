import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../../src/adapters/fs/memory.ts";
import { isCatalogError } from "../../../../../src/errors.ts";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../../../../src/testing/faulty-file-system.ts";
import { insert, listNames, names, openEngine, writeFile } from "../_engine-world.ts";

const PATH = "/catalog.sqlite";
const LOG = `${PATH}.oplog`;
const HEADER_BYTES = 160;

/** A catalog with a log of `rows` frames, and where each frame ends. */
async function createLog(rows: readonly string[]): Promise<{ fs: FileSystem; log: Uint8Array; ends: number[] }> {
  const fs = createMemoryFileSystem();
  const engine = await openEngine({ fs, path: PATH, checkpointOnClose: "never" });
  const ends: number[] = [];
  for (const row of rows) {
    await engine.batch([insert(row)]);
    ends.push((await fs.readFile(LOG)).byteLength);
  }
  await engine.close();
  return { fs, log: await fs.readFile(LOG), ends };
}

async function withLog(fs: FileSystem, log: Uint8Array): Promise<FileSystem> {
  const copy = createMemoryFileSystem();
  await writeFile(copy, PATH, await fs.readFile(PATH));
  await writeFile(copy, LOG, log);
  return copy;
}

/** What a reader finds, who writes nothing; "refused" when it says that the log makes no sense. */
async function read(fs: FileSystem): Promise<readonly string[] | "refused"> {
  try {
    const engine = await openEngine({ fs, path: PATH, mode: "read" });
    const found = await names(engine);
    await engine.close();
    return found;
  } catch (error) {
    if (isCatalogError(error, "CORRUPT") || isCatalogError(error, "UNSUPPORTED")) return "refused";
    throw error;
  }
}

const ROWS = ["a", "b", "c", "d"];

describe("a damaged log", () => {
  it("never loses what is intact before the damage, and goes on from there", async () => {
    const { fs, log, ends } = await createLog(ROWS);
    const damage = fc.oneof(
      fc.nat(log.byteLength).map((size) => ({ at: size, bytes: log.slice(0, size) })),
      fc.tuple(fc.nat(log.byteLength - 1), fc.nat(7)).map(([at, bit]) => {
        const bytes = log.slice();
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        return { at, bytes };
      }),
      fc.tuple(fc.nat(log.byteLength), fc.uint8Array({ minLength: 1, maxLength: 300 })).map(([at, noise]) => {
        const bytes = new Uint8Array(Math.max(log.byteLength, at + noise.byteLength));
        bytes.set(log);
        bytes.set(noise, at);
        return { at, bytes };
      }),
    );
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, bytes }) => {
        const copy = await withLog(fs, bytes);
        const found = await read(copy);
        if (found === "refused") {
          expect(at).toBeLessThan(HEADER_BYTES);
          return;
        }
        const intact = ROWS.slice(0, ends.filter((end) => end <= at).length);
        expect(found.slice(0, intact.length)).toEqual(intact);
        expect(ROWS.slice(0, found.length)).toEqual(found);
        const writer = await openEngine({ fs: copy, path: PATH });
        await writer.batch([insert("new")]);
        await writer.close();
        expect(await read(copy)).toEqual([...found, "new"]);
        expect(await listNames(copy, "/")).toEqual(["catalog.sqlite"]);
      }),
      { numRuns: 60 },
    );
  });

  it("does not run frames that a payload quotes", async () => {
    const first = await createLog(["a", "b"]);
    const engine = await openEngine({ fs: first.fs, path: PATH, checkpointOnClose: "never" });
    const quoted = first.log.slice(first.ends[0]);
    const sql = "INSERT INTO things (name, data) VALUES (?, ?)";
    await engine.batch([{ sql, parameters: ["quote", quoted] }]);
    await engine.close();
    const whole = await first.fs.readFile(LOG);
    // Without its end the frame is void, and what is in it is looked at.
    expect(await read(await withLog(first.fs, whole.slice(0, -1)))).toEqual(["a", "b"]);
    expect(await read(first.fs)).toEqual(["a", "b", "quote"]);
  });

  it("runs no frame twice, and gives the same bytes each time", async () => {
    const { fs, log } = await createLog(ROWS);
    const checkpointed = [];
    for (let time = 0; time < 2; time++) {
      const copy = await withLog(fs, log);
      const engine = await openEngine({ fs: copy, path: PATH });
      await engine.checkpoint();
      await engine.close();
      checkpointed.push(await copy.readFile(PATH));
    }
    expect(Buffer.from(checkpointed[0] ?? []).equals(checkpointed[1] ?? new Uint8Array(1))).toBe(true);
  });
});

describe("durability", () => {
  async function countSyncs(durability: "commit" | "batch" | "checkpoint"): Promise<number> {
    const fs = createFaultyFileSystem(createMemoryFileSystem());
    const engine = await openEngine({ fs, path: PATH, durability, checkpointOnClose: "never" });
    await engine.batch([insert("a")]);
    await engine.batch([insert("b")]);
    const syncs = fs.trace.filter(({ operation, path }) => operation === "sync" && path === LOG).length;
    await engine.close();
    const after = fs.trace.filter(({ operation, path }) => operation === "sync" && path === LOG).length;
    expect(after).toBeGreaterThanOrEqual(1);
    return syncs;
  }

  it("commit syncs each batch, the others later; closing always does", async () => {
    expect(await countSyncs("commit")).toBe(2);
    expect(await countSyncs("checkpoint")).toBe(0);
    expect(await countSyncs("batch")).toBeLessThan(2);
  });

  it("of batches that are called for at once takes one sync and one frame", async () => {
    const fs = createFaultyFileSystem(createMemoryFileSystem());
    const engine = await openEngine({ fs, path: PATH });
    await engine.batch([insert("first")]);
    const before = fs.trace.length;
    await Promise.all(Array.from({ length: 64 }, (_, row) => engine.batch([insert(`row ${row}`)])));
    const calls = fs.trace.slice(before).filter(({ path }) => path === LOG);
    expect(calls.filter(({ operation }) => operation === "sync")).toHaveLength(1);
    expect(calls.filter(({ operation }) => operation === "write")).toHaveLength(1);
    await engine.close();
  });

  it("keeps as many earlier snapshots as are wanted", async () => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH, keepSnapshots: 2 });
    for (const row of ROWS) {
      await engine.batch([insert(row)]);
      await engine.checkpoint();
    }
    await engine.close();
    expect(await listNames(fs, "/")).toEqual([
      "catalog.sqlite",
      "catalog.sqlite.kept-0000000000000002",
      "catalog.sqlite.kept-0000000000000003",
    ]);
  });
});
