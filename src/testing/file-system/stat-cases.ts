import { PAGE_SIZE } from "../../core/pages.ts";
import type { FileHandle, FileSystem } from "../../ports/file-system.ts";
import { assert, assertEquals, assertFails } from "../assert.ts";
import {
  createDirectory,
  createFile,
  encode,
  type FileSystemCase,
  type FileSystemPlace,
  getStat,
  joinPath,
  listAll,
  withOpen,
  writeAll,
} from "./place.ts";

/** How long a file system may need until its clock shows a later time: FAT counts in steps of two seconds. */
const CLOCK_STEP_MS = 3000;

/** FAT keeps times in steps of that length. */
const TIME_STEP_MS = 2000;

/** The clock for what is made is finer, but coarse as well. */
const BIRTH_STEP_MS = 20;

/** What the port says about looking. */
export const statCases: Readonly<Record<string, FileSystemCase>> = {
  "stat and lstat: undefined when nothing is there": async (place) => {
    const file = await createFile(place, "file");
    for (const path of [joinPath(place.directory, "missing"), joinPath(place.directory, "missing/a"), `${file}/a`]) {
      assertEquals(await place.fs.stat(path), undefined);
      assertEquals(await place.fs.lstat(path), undefined);
    }
  },

  "stat and lstat: kind, size and links": async (place) => {
    const file = await createFile(place, "file", "12345");
    const folder = await createDirectory(place, "folder");
    for (const stat of [await getStat(place.fs, file), await place.fs.lstat(file)]) {
      assertEquals([stat?.kind, stat?.sizeBytes, stat?.links], ["file", 5, 1]);
    }
    assertEquals((await getStat(place.fs, folder)).kind, "directory");
    assertEquals((await place.fs.lstat(folder))?.kind, "directory");
  },

  "stat: identity belongs to the file, not to the name": async (place) => {
    const [first, second] = [await createFile(place, "first"), await createFile(place, "second")];
    const { identity } = await getStat(place.fs, first);
    assert(identity !== (await getStat(place.fs, second)).identity, "two files have one identity");
    const moved = joinPath(place.directory, "moved");
    await withOpen(place.fs.open(first, "append"), async (handle) => {
      assertEquals((await handle.stat()).identity, identity);
      await place.fs.rename(first, moved);
      await writeAll(handle, encode("more"));
      assertEquals((await handle.stat()).identity, identity);
      assertEquals((await getStat(place.fs, moved)).identity, identity);
    });
  },

  "stat: a folder that is made again is another one, where names can be made durable": async (place) => {
    const folder = await createDirectory(place, "folder");
    const { identity } = await getStat(place.fs, folder);
    await createFile(place, "folder/file");
    assertEquals((await getStat(place.fs, folder)).identity, identity, "identity of a folder that changed");
    if (!place.fs.capabilities.directorySync || place.lacks?.includes("birth") === true) return;
    await place.fs.rename(folder, joinPath(place.directory, "moved"));
    assertEquals((await place.fs.lstat(joinPath(place.directory, "moved")))?.identity, identity, "of one that moved");
    await place.fs.unlink(joinPath(place.directory, "moved/file"));
    await place.fs.removeDirectory(joinPath(place.directory, "moved"));
    await new Promise((resolve) => setTimeout(resolve, BIRTH_STEP_MS));
    await createDirectory(place, "folder");
    assert((await getStat(place.fs, folder)).identity !== identity, "two folders, one after the other, look like one");
  },

  "stat: an open file tells of itself, also when another has its name": async (place) => {
    const [path, other] = [await createFile(place, "a", "1"), await createFile(place, "b", "22")];
    await withOpen(place.fs.open(path, "read"), async (handle) => {
      await place.fs.rename(other, path);
      assertEquals((await handle.stat()).sizeBytes, 1);
      assert((await handle.stat()).identity !== (await getStat(place.fs, path)).identity, "the identity went along");
    });
  },

  "stat: size grows with every write": async ({ fs, directory }) => {
    const path = joinPath(directory, "a");
    await withOpen(fs.open(path, "create"), async (handle) => {
      for (const sizeBytes of [10, 20, 30]) {
        await writeAll(handle, new Uint8Array(10));
        assertEquals((await handle.stat()).sizeBytes, sizeBytes);
        assertEquals((await getStat(fs, path)).sizeBytes, sizeBytes);
      }
    });
  },

  "stat: the time is that of the content": async (place) => {
    const path = await createFile(place, "a");
    const { modifiedMs } = await getStat(place.fs, path);
    assert(Number.isFinite(modifiedMs) && modifiedMs > 0, `expected milliseconds since 1970, got ${modifiedMs}`);
    await place.fs.setMode(path, 0o600);
    await place.fs.readFile(path);
    const moved = joinPath(place.directory, "moved");
    await place.fs.rename(path, moved);
    assertEquals((await getStat(place.fs, moved)).modifiedMs, modifiedMs, "time after a look and a rename");
    assert(await changesTime(place.fs, moved, modifiedMs), "the time stays although the content changes");
  },

  "setMode and open: permission bits, where there are any": async (place) => {
    const path = joinPath(place.directory, "a");
    if (place.lacks?.includes("modes") === true) {
      await (await place.fs.open(path, "create", 0o600)).close();
      const { mode } = await getStat(place.fs, path);
      assert((mode & 0o400) === 0o400, `expected a file that can be read, got mode ${mode}`);
      return;
    }
    await (await place.fs.open(path, "create", 0o600)).close();
    assertEquals((await getStat(place.fs, path)).mode, 0o600);
    await place.fs.setMode(path, 0o444);
    assertEquals((await getStat(place.fs, path)).mode, 0o444);
    await assertFails(() => place.fs.setMode(joinPath(place.directory, "missing"), 0o444), "ENOENT");
  },

  "setModified: the time, as exactly as the device keeps it, where anybody can": async (place) => {
    const { fs } = place;
    if (fs.setModified === undefined) return;
    const path = await createFile(place, "a");
    await fs.setModified(path, 1_234_567_890_123);
    const { modifiedMs } = await getStat(fs, path);
    assert(
      Math.abs(modifiedMs - 1_234_567_890_123) <= TIME_STEP_MS,
      `expected the time that was set, got ${modifiedMs}`,
    );
    await assertFails(async () => fs.setModified?.(joinPath(place.directory, "missing"), 0), "ENOENT");
  },

  "setAccess: owner and mode of the open file, whatever its name stands for": async (place) => {
    const { fs } = place;
    const [path, other] = [await createFile(place, "a"), await createFile(place, "other")];
    const before = await getStat(fs, other);
    await withOpen(fs.open(path, "read"), async (handle) => {
      if (!fs.capabilities.access) {
        assertEquals((await handle.stat()).owner, undefined, "owner without the capability");
        await assertFails(() => handle.setAccess({ mode: 0o600 }), "ENOTSUP");
        return;
      }
      await fs.rename(other, path);
      await setAccess(place, handle);
    });
    const { mode, owner } = await getStat(fs, path);
    assertEquals({ mode, owner }, { mode: before.mode, owner: before.owner }, "access of who has the name now");
  },

  "open: an existing file keeps its permission bits": async (place) => {
    const path = joinPath(place.directory, "a");
    await (await place.fs.open(path, "create", 0o600)).close();
    const { mode } = await getStat(place.fs, path);
    if (place.lacks?.includes("modes") !== true) assertEquals(mode, 0o600);
    await (await place.fs.open(path, "append", 0o644)).close();
    assertEquals((await getStat(place.fs, path)).mode, mode);
  },

  "list: names and kinds, without . and ..": async (place) => {
    assertEquals(await listAll(place.fs, place.directory), []);
    await createFile(place, "file");
    await createDirectory(place, "folder");
    await createFile(place, "folder/inner");
    assertEquals(await listAll(place.fs, place.directory), [
      { name: "file", kind: "file" },
      { name: "folder", kind: "directory" },
    ]);
  },

  "list: a folder of many in pages, each name once": async (place) => {
    const names = Array.from({ length: 300 }, (_, index) => `file-${index}`).sort();
    for (const name of names) await createFile(place, name, "");
    const found: string[] = [];
    for await (const page of place.fs.list(place.directory)) {
      assert(page.length > 0 && page.length <= PAGE_SIZE, `list: gave a page of ${page.length}`);
      found.push(...page.map(({ name }) => name));
    }
    assertEquals(found.sort(), names);
  },

  "list: what is known of files, where it is asked for and comes along": async (place) => {
    const file = await createFile(place, "file", "content");
    await place.fs.makeDirectory(joinPath(place.directory, "folder"));
    for await (const page of place.fs.list(place.directory, { stat: true })) {
      for (const { name, kind, stat } of page) {
        assertEquals(name, kind === "file" ? "file" : "folder");
        if (stat !== undefined) assertEquals(stat, await place.fs.lstat(file));
      }
    }
  },

  "list: may be left early": async (place) => {
    for (const name of ["a", "b", "c"]) await createFile(place, name);
    for await (const [first] of place.fs.list(place.directory)) {
      await place.fs.unlink(joinPath(place.directory, first?.name ?? ""));
      break;
    }
    assertEquals((await listAll(place.fs, place.directory)).length, 2);
  },

  "list: fails for what is no folder": async (place) => {
    const file = await createFile(place, "file");
    await assertFails(() => listAll(place.fs, file), "ENOTDIR");
    await assertFails(() => listAll(place.fs, joinPath(place.directory, "missing")), "ENOENT");
  },

  "freeBytes: so many bytes, where that is told": async ({ fs, directory }) => {
    if (fs.freeBytes === undefined) return;
    const freeBytes = await fs.freeBytes(directory);
    assert(Number.isInteger(freeBytes) && freeBytes >= 0, `freeBytes: gave ${freeBytes}`);
    await assertFails(async () => fs.freeBytes?.(joinPath(directory, "missing")), "ENOENT");
  },

  "mayShareBlocks: true at least where files can be cloned": async (place) => {
    const { fs, directory } = place;
    if (fs.mayShareBlocks === undefined) return;
    const file = await createFile(place, "file", "x".repeat(100_000));
    await fs.clone(file, joinPath(directory, "cloned")).catch(() => undefined);
    const isCloned = (await fs.lstat(joinPath(directory, "cloned"))) !== undefined;
    const answer = await fs.mayShareBlocks(directory);
    assert(answer || !isCloned, "mayShareBlocks: false although a file was cloned");
    await assertFails(async () => fs.mayShareBlocks?.(joinPath(directory, "missing")), "ENOENT");
  },
};

/** Changes what this user may, on a device that has it. */
async function setAccess({ lacks }: FileSystemPlace, handle: FileHandle): Promise<void> {
  const { owner } = await handle.stat();
  assert(owner !== undefined, "no owner is told although the capability says that there are some");
  if (lacks?.includes("modes") === true) {
    // Such a device may refuse, or look away.
    await handle.setAccess({ mode: 0o640 }).catch(() => undefined);
    return;
  }
  await handle.setAccess({ mode: 0o640, owner });
  assertEquals((await handle.stat()).mode, 0o640);
  // Only the superuser gives files away, and not where the system knows no such user.
  const given = { userId: 4321, groupId: 8765 };
  const isGiven = await handle.setAccess({ owner: given }).then(
    () => true,
    () => false,
  );
  assertEquals(await handle.stat().then((stat) => stat.owner), isGiven ? given : owner);
  await handle.setAccess({ mode: 0o600 });
  assertEquals((await handle.stat()).mode, 0o600);
}

/** Writes until the time of the file is a later one. */
async function changesTime(fs: FileSystem, path: string, modifiedMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + CLOCK_STEP_MS;
  return withOpen(fs.open(path, "append"), async (handle) => {
    while (performance.now() < deadlineMs) {
      await writeAll(handle, encode("x"));
      if ((await handle.stat()).modifiedMs > modifiedMs) return true;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return false;
  });
}
