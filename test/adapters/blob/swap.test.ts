import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { type BlobKey, parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { BlobStat, BlobStore, StagedBlob } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { FaultPlan } from "../../../src/testing/fault-plan.ts";
import { createFaultyFileSystem, type FaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { changed, lacking, openStore } from "./_store-world.ts";

const [ONE, OTHER] = ["papers/one.pdf", "papers/other.pdf"].map(parseBlobKey) as [BlobKey, BlobKey];

/** Two files with the same bytes, of which the second is about to become a name of the first. */
interface Scene {
  readonly files: FileSystem;
  readonly fs: FaultyFileSystem;
  readonly store: BlobStore;
  readonly staged: StagedBlob;
  readonly found: BlobStat;
}

async function setUp(plan: FaultPlan, files: FileSystem = createMemoryFileSystem()): Promise<Scene> {
  const first = await openStore(files);
  for (const key of [ONE, OTHER]) {
    const writer = await first.stage();
    await writer.write(new TextEncoder().encode("bytes"));
    const staged = await writer.finish();
    await first.place(staged, key);
    await first.dropStaged(staged);
  }
  const [staged, found] = [await first.adopt(`/root/${ONE}`, "link"), await first.stat(OTHER)];
  if (staged === undefined || found === undefined) throw new Error("there is nothing to swap");
  // Nothing goes wrong before the store is open.
  let current = files;
  const opened = new Proxy(files, {
    get: (_, name) => {
      const own: unknown = Reflect.get(current, name);
      return typeof own === "function" ? own.bind(current) : own;
    },
  });
  const store = await openStore(opened);
  const fs = createFaultyFileSystem(files, plan);
  current = fs;
  return { files, fs, store, staged, found };
}

async function textOf(fs: FileSystem, key: BlobKey): Promise<string> {
  return new TextDecoder().decode(await fs.readFile(`/root/${key}`));
}

/** What is staged, by whomever. */
async function countStaged(fs: FileSystem): Promise<number> {
  let count = 0;
  for await (const page of fs.list("/root/.staging")) count += page.length;
  return count;
}

describe("a name that gets other bytes", () => {
  it.each([
    ["before", "once"],
    ["before", "forever"],
    ["after", "once"],
    ["after", "forever"],
  ] as const)("has the one or the other, whole, whatever fails: %s the call, %s", async (effect, repeat) => {
    for (let failAt = 1; ; failAt += 1) {
      const { files, fs, store, staged, found } = await setUp({ failAt, effect, repeat });
      const result = await store.swap(staged, OTHER, { found }).catch((error: unknown) => error);
      expect([await textOf(files, ONE), await textOf(files, OTHER)], `call ${failAt}`).toEqual(["bytes", "bytes"]);
      if (fs.faults === 0) {
        expect(result).toBe(true);
        break;
      }
      expect(result, `call ${failAt}`).not.toBe(false);
    }
  });

  it("keeps what somebody wrote who had the file open, before and after the step", async () => {
    const results: unknown[] = [];
    let isWritten = false;
    for (let failAt = 1; ; failAt += 1) {
      const files = createMemoryFileSystem();
      isWritten = false;
      let write = async (): Promise<void> => {};
      const scene = await setUp({ failAt, effect: "change", change: () => write() }, files);
      const handle = await files.open(`/root/${OTHER}`, "append");
      write = async () => {
        if (isWritten) return;
        isWritten = true;
        await handle.write(new TextEncoder().encode("!"));
      };
      const swapped = await scene.store.swap(scene.staged, OTHER, { found: scene.found });
      if (scene.fs.faults === 0) break;
      results.push(swapped);
      if (!swapped) expect(await textOf(files, OTHER), `call ${failAt}`).toBe("bytes!");
      expect(await textOf(files, ONE)).toBe("bytes");
      // The staged name is what the caller drops.
      expect(await countStaged(files)).toBe(swapped || (await isOwn(scene)) ? 0 : 1);
    }
    const renamed = results.indexOf(true);
    expect(renamed).toBeGreaterThan(5);
    expect(results.slice(renamed).every((result) => result === true)).toBe(true);
  });

  it("keeps mode and time where it gets a file of its own", async () => {
    let now = 1000;
    const files = createMemoryFileSystem({ now: () => now, clone: true });
    const { store, found } = await setUp({}, files);
    await files.setMode(`/root/${OTHER}`, 0o640);
    now = 2000;
    const staged = await store.adopt(`/root/${ONE}`, "clone");
    expect(staged && (await store.swap(staged, OTHER, { found }))).toBe(true);
    const stat = await files.lstat(`/root/${OTHER}`);
    expect([stat?.mode, stat?.modifiedMs, await textOf(files, OTHER)]).toEqual([0o640, 1000, "bytes"]);
    expect(stat?.identity).not.toBe(found.identity);
    const untimed = await openStore(changed(files, { setModified: undefined }));
    expect(untimed.capabilities.swap).toBe(false);
  });

  it("stays with whoever replaced it before it was held, or after the step", async () => {
    for (const when of ["link", "rename"] as const) {
      const files = createMemoryFileSystem();
      const replace = async (): Promise<void> => {
        await files.unlink(`/root/${OTHER}`);
        const handle = await files.open(`/root/${OTHER}`, "create");
        await handle.write(new TextEncoder().encode("theirs"));
        await handle.close();
      };
      const { staged, found } = await setUp({}, files);
      const late = await openStore(
        changed(files, {
          [when]: async (from: string, to: string) => {
            if (when === "link") await replace();
            await files[when](from, to);
            if (when === "rename") await replace();
          },
        }),
      );
      expect(await late.swap(staged, OTHER, { found }), when).toBe(when === "rename");
      expect([await textOf(files, ONE), await textOf(files, OTHER)]).toEqual(["bytes", "theirs"]);
    }
  });

  it("stays where its file can have no further name, and says so where no file can", async () => {
    const files = createMemoryFileSystem();
    const { staged, found } = await setUp({}, files);
    const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error("EMLINK"), { code: "EMLINK" }));
    const full = await openStore(changed(files, { link: refuse }));
    expect(await full.swap(staged, OTHER, { found })).toBe(false);
    const single = await openStore(lacking(files, "hardlink"));
    expect(single.capabilities.swap).toBe(false);
    await expect(single.swap(staged, OTHER, { found })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    expect((await single.stat(OTHER))?.identity).toBe(found.identity);
  });
});

/** Whether the name went to the staged file and came back: then nothing is staged any more. */
async function isOwn({ files, staged }: Scene): Promise<boolean> {
  return (await files.lstat(`/root/.staging/${staged.name}`)) === undefined;
}
