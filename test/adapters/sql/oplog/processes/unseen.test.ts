import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { createNodeProcessTable } from "../../../../../src/adapters/process/node.ts";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import { describeWith } from "../../../../components.ts";
import { insert, inTemporaryFolder, listNames, names, openEngine } from "../_engine-world.ts";
import { findNames, runWriter, useWriters, Writer, writerProgram } from "./_writers.ts";

/*
 * Holders of the lock whose process cannot be seen to be dead. Whoever waits gives up after half of the minute after
 * which a silent holder is taken for dead.
 */

useWriters();

const BUSY_TIMEOUT_MS = 30_000;
const ROUNDS = 2;

/** Whether the lock is there, with all that belongs to it. */
async function isLocked(fs: FileSystem, folder: string): Promise<boolean> {
  return (await listNames(fs, folder)).includes("catalog.sqlite.lock");
}

/** A thread that writes until it is terminated; gives what it was told that it wrote. */
async function terminateThread(path: string, name: string, rows: number): Promise<readonly string[]> {
  const { file, setting } = writerProgram();
  const worker = new Worker(file, { argv: [setting], stdin: true, stdout: true });
  const acknowledged: string[] = [];
  worker.stdin?.write(`${JSON.stringify({ path, name, rows: 1_000_000, busyTimeoutMs: BUSY_TIMEOUT_MS })}\n`);
  for await (const line of createInterface(worker.stdout)) {
    if (line.startsWith("ok ")) acknowledged.push(line.slice(3));
    if (acknowledged.length >= rows) break;
  }
  await worker.terminate();
  return acknowledged;
}

describeWith("proc", "A thread that was terminated in the middle of writing", () => {
  it("keeps nobody waiting, in its own process or another one", async () => {
    let locked = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await inTemporaryFolder(async (folder, fs) => {
        const path = `${folder}/catalog.sqlite`;
        const written = await terminateThread(path, "thread", 1 + round);
        if (await isLocked(fs, folder)) locked += 1;
        const processes = createNodeProcessTable();
        const engine = await openEngine({ fs, path, processes, busyTimeoutMs: BUSY_TIMEOUT_MS });
        await engine.batch([insert("main")]);
        expect(await names(engine)).toEqual(expect.arrayContaining(["main", ...written]));
        await engine.close();
        expect(await listNames(fs, folder)).toEqual(["catalog.sqlite"]);
        await terminateThread(path, "again", 1 + round);
        const next = await runWriter({ path, name: "process", rows: 1, busyTimeoutMs: BUSY_TIMEOUT_MS });
        expect(next).toMatchObject({ failures: [], acknowledged: ["process-0"] });
      });
    }
    // Threads are terminated at any moment; this one is about those who held the lock.
    expect(locked).toBeGreaterThan(0);
  });
});

describeWith("containers", "A container that was killed in the middle of writing", ({ program, words }) => {
  const under = [program, ...words];

  it("keeps nobody waiting, neither its successor nor a process outside", async () => {
    let locked = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await inTemporaryFolder(async (folder, fs) => {
        const path = `${folder}/catalog.sqlite`;
        const acknowledged: string[] = [];
        for (const next of [{ under }, {}]) {
          const killed = new Writer({ under });
          void killed.run({ path, name: `killed${acknowledged.length}`, rows: 1_000_000 });
          await killed.until(() => killed.acknowledged.length > round);
          await killed.kill();
          if (await isLocked(fs, folder)) locked += 1;
          const name = `next${acknowledged.length}`;
          const successor = await runWriter({ path, name, rows: 1, busyTimeoutMs: BUSY_TIMEOUT_MS }, next);
          expect(successor).toMatchObject({ failures: [], acknowledged: [`${name}-0`] });
          acknowledged.push(...killed.acknowledged, ...successor.acknowledged);
        }
        expect(await findNames(fs, path)).toEqual(expect.arrayContaining(acknowledged));
        expect(await listNames(fs, folder)).toEqual(["catalog.sqlite"]);
      });
    }
    expect(locked).toBeGreaterThan(0);
  });

  it("keeps others out while it is only stopped", async () => {
    await inTemporaryFolder(async (folder, fs) => {
      const path = `${folder}/catalog.sqlite`;
      const writer = new Writer({ under });
      void writer.run({ path, name: "stopped", rows: 1_000_000 });
      await writer.until(() => writer.acknowledged.length > 0);
      await stopWithLock(writer, () => isLocked(fs, folder));
      const engine = await openEngine({ fs, path, processes: createNodeProcessTable(), busyTimeoutMs: 300 });
      const message = expect.stringMatching(/written by process 1 in another container on host/);
      await expect(engine.batch([insert("outside")])).rejects.toMatchObject({ code: "BUSY", message });
      await writer.kill();
      await engine.batch([insert("outside")]);
      await engine.close();
      expect(await findNames(fs, path)).toEqual(expect.arrayContaining(["outside", ...writer.acknowledged]));
    });
  });
});

/** Stops the process in a container at a moment at which it holds the lock. */
async function stopWithLock(writer: Writer, isHeld: () => Promise<boolean>): Promise<void> {
  // What started the container is outside of it.
  const pid = Number(readFileSync(`/proc/${writer.pid}/task/${writer.pid}/children`, "utf8"));
  for (;;) {
    const before = writer.acknowledged.length;
    process.kill(pid, "SIGSTOP");
    // The signal may take a moment.
    if (await isHeld()) {
      await sleep(50);
      if (await isHeld()) return;
    }
    process.kill(pid, "SIGCONT");
    await writer.until(() => writer.acknowledged.length > before);
  }
}
