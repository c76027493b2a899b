import { describe, expect, it } from "vitest";
import { createNodeProcessTable } from "../../../../../src/adapters/process/node.ts";
import { insert, inTemporaryFolder, listNames, openEngine } from "../_engine-world.ts";
import { findNames, runWriter, useWriters, Writer } from "./_writers.ts";

useWriters();

describe("processes that write at once", () => {
  it("end with the rows of all", async () => {
    await inTemporaryFolder(async (folder, fs) => {
      const path = `${folder}/state/catalog.sqlite`;
      const tasks = ["a", "b", "c"].map((name) => ({ path, name, rows: 12, rowsPerOpening: 3 }));
      const writers = await Promise.all(tasks.map((task) => runWriter(task)));
      expect(writers.flatMap(({ failures }) => failures)).toEqual([]);
      const acknowledged = writers.flatMap((writer) => writer.acknowledged);
      expect(acknowledged).toHaveLength(36);
      expect(await findNames(fs, path)).toEqual(acknowledged.sort());
      expect(await listNames(fs, `${folder}/state`)).toEqual(["catalog.sqlite"]);
    });
  });

  it("get BUSY when they do not want to wait, and lose nothing", async () => {
    await inTemporaryFolder(async (folder, fs) => {
      const path = `${folder}/catalog.sqlite`;
      const holder = await openEngine({ fs, path, processes: createNodeProcessTable() });
      await holder.batch([insert("held")]);
      // A lock is given up after a moment, so the holder goes on.
      let writing = true;
      const rows = (async () => {
        for (let row = 0; writing; row++) await holder.batch([insert(`row ${row}`)]);
      })();
      const writer = await runWriter({ path, name: "a", rows: 1, busyTimeoutMs: 0 });
      writing = false;
      await rows;
      expect(writer.failures.map(({ what, code }) => `${what} ${code}`)).toEqual(["a-0 BUSY"]);
      expect(writer.acknowledged).toEqual([]);
      await holder.close();
      expect(await findNames(fs, path)).toContain("held");
      expect(await findNames(fs, path)).not.toContain("a-0");
    });
  });

  it("take over from one that was killed, whose acknowledged rows stay", async () => {
    await inTemporaryFolder(async (folder, fs) => {
      const path = `${folder}/catalog.sqlite`;
      const killed: string[] = [];
      for (const rows of [1, 2, 5, 9]) {
        const writer = new Writer();
        void writer.run({ path, name: `killed${rows}`, rows: 1_000_000 });
        await writer.until(() => writer.acknowledged.length >= rows);
        await writer.kill();
        killed.push(...writer.acknowledged);
      }
      expect(await listNames(fs, folder)).toContain("catalog.sqlite.lock");
      const next = await runWriter({ path, name: "next", rows: 2 });
      expect(next).toMatchObject({ failures: [], acknowledged: ["next-0", "next-1"] });
      const found = await findNames(fs, path);
      for (const name of [...killed, ...next.acknowledged]) expect(found).toContain(name);
      expect(await listNames(fs, folder)).toEqual(["catalog.sqlite"]);
    });
  });
});
