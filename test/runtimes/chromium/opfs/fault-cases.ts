import { webCryptoEntropy } from "../../../../src/adapters/entropy/web-crypto.ts";
import type { OpfsDirectory, OpfsFile } from "../../../../src/adapters/fs/opfs/vendor.ts";
import { type OpfsFileSystem, toOpfsDirectory } from "../../../../src/adapters/fs/opfs.ts";
import { assert, assertEquals, assertFails, assertThrows } from "../../../../src/testing/assert.ts";
import { createFile, readFileText, readText } from "../../../../src/testing/file-system/place.ts";
import type { SuiteRunner } from "../../../../src/testing/suite-runner.ts";
import type { Interference } from "./interfered-directory.ts";
import { openFolder } from "./open-folder.ts";

/** Makes calls of the browser fail, and looks at the list of names that pages share. */
export function testFaults(runner: SuiteRunner): void {
  runner.describe("FileSystem opfs, when the browser refuses", () => {
    for (const [title, check] of Object.entries(cases)) {
      runner.it(title, () => check(webCryptoEntropy.nonce()));
    }
  });
}

const cases: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  "leaves both files where a rename failed, open or not": async (folder) => {
    for (const [isOpen, refused] of [
      [true, "source"],
      [true, "target"],
      [false, "source"],
    ] as const) {
      const refusal = refuseOnce("move", refused);
      const place = `${folder}-${isOpen}-${refused}`;
      const fs = await openFolder(place, { interference: refusal });
      await createFiles(fs, "source", "target");
      const other = await openFolder(place);
      const handle = isOpen ? await other.open("/target", "read") : undefined;
      const before = [await fs.stat("/source"), await fs.stat("/target")];
      refusal.begin();
      await assertFails(() => fs.rename("/source", "/target"), "EACCES");
      assertEquals([await fs.stat("/source"), await fs.stat("/target")], before);
      assertEquals(await readFileText(fs, "/target"), "target");
      if (handle !== undefined) assertEquals(await readText(handle, 0, 100), "target");
      await fs.rename("/source", "/target");
      assertEquals(await readFileText(other, "/target"), "source");
      if (handle !== undefined) assertEquals(await readText(handle, 0, 100), "target");
      await handle?.close();
      await Promise.all([fs.close(), other.close()]);
    }
  },

  "leaves a file where it was when it could not get a name that is free": async (folder) => {
    const refusal = refuseOnce("move", "source");
    const fs = await openFolder(folder, { interference: refusal });
    await createFiles(fs, "source");
    refusal.begin();
    await assertFails(() => fs.rename("/source", "/target"), "EACCES");
    assertEquals([await readFileText(fs, "/source"), await fs.stat("/target")], ["source", undefined]);
    await fs.close();
  },

  "leaves a file of another time its name where it could not be removed": async (folder) => {
    const before = await openFolder(folder);
    await createFiles(before, "target");
    await before.close();
    const refusal = refuseOnce("remove", "target");
    const fs = await openFolder(folder, { interference: refusal });
    refusal.begin();
    await assertFails(() => fs.unlink("/target"), "EACCES");
    assertEquals(await readFileText(fs, "/target"), "target");
    await fs.close();
  },

  "leaves a file its name where it could not be removed": async (folder) => {
    const refusal = refuseOnce("remove", "target");
    const fs = await openFolder(folder, { interference: refusal });
    await createFiles(fs, "target");
    const before = await fs.stat("/target");
    refusal.begin();
    await assertFails(() => fs.unlink("/target"), "EACCES");
    assertEquals(await fs.stat("/target"), before);
    await fs.unlink("/target");
    assertEquals(await fs.stat("/target"), undefined);
    await fs.close();
  },

  "has no file where none could be made": async (folder) => {
    const refusal = refuseOnce("create", "target");
    const fs = await openFolder(folder, { interference: refusal });
    await createFiles(fs, "source");
    refusal.begin();
    await assertFails(() => fs.open("/target", "create"), "EACCES");
    assertEquals(await fs.stat("/target"), undefined);
    await createFiles(fs, "target");
    assertEquals(await readFileText(fs, "/target"), "target");
    await fs.close();
  },

  "fails one call where the list of names cannot be had, and goes on": async (folder) => {
    const refusal = refuseOnce("create", "names", "UnknownError");
    const fs = await openFolder(folder, { interference: refusal });
    refusal.begin();
    await assertFails(() => fs.makeDirectory("/folder"), "EIO");
    await fs.makeDirectory("/folder");
    assertEquals((await fs.stat("/folder"))?.kind, "directory");
    await fs.close();
  },

  "fails one call where leftovers cannot be removed, and goes on": async (folder) => {
    const refusal = refuseOnce("remove", "gone");
    const fs = await openFolder(folder, { interference: refusal });
    refusal.begin();
    await assertFails(() => fs.makeDirectory("/folder"), "EACCES");
    await fs.makeDirectory("/folder");
    await fs.close();
  },

  "closes a file without a name, also when its bytes are gone or stay": async (folder) => {
    const refusal = refuseOnce("remove", /^[0-9a-f]{32}$/);
    const fs = await openFolder(folder, { interference: refusal });
    await createFiles(fs, "a", "b");
    const handles = await Promise.all(["/a", "/b"].map((path) => fs.open(path, "read")));
    for (const path of ["/a", "/b"]) await fs.unlink(path);
    refusal.begin();
    await assertFails(async () => handles[0]?.close(), "EACCES");
    const gone = await (await ownFolder(folder)).getDirectoryHandle("gone");
    for await (const [name] of gone.entries()) await gone.removeEntry(name);
    await handles[1]?.close();
    await fs.close();
  },

  "keeps the bytes of a file without a name until the last one closes it": async (folder) => {
    const [fs, other] = [await openFolder(folder), await openFolder(folder)];
    await createFiles(fs, "a");
    const handles = [await fs.open("/a", "read"), await other.open("/a", "read")] as const;
    await fs.unlink("/a");
    await handles[0].close();
    assertEquals(await readText(handles[1], 0, 100), "a");
    await handles[1].close();
    const gone = await (await ownFolder(folder)).getDirectoryHandle("gone");
    for await (const [name] of gone.entries()) throw new Error(`"${name}" was left`);
    await Promise.all([fs.close(), other.close()]);
  },

  "says that a file is stale that somebody else took away": async (folder) => {
    const fs = await openFolder(folder);
    await createFiles(fs, "a");
    const handle = await fs.open("/a", "read");
    const origin = toOpfsDirectory(await navigator.storage.getDirectory());
    await (await origin.getDirectoryHandle(folder)).removeEntry("a");
    await assertFails(() => handle.read(new Uint8Array(1), 0), "ESTALE");
    await assertFails(() => handle.stat(), "ESTALE");
    await handle.close();
    await fs.close();
  },

  "keeps its own files to itself, and the root where it is": async (folder) => {
    const fs = await openFolder(folder);
    await fs.makeDirectory("/folder");
    await assertFails(() => fs.open("/folder", "read"), "EISDIR");
    await assertFails(() => fs.removeDirectory("/"), "EBUSY");
    await assertFails(() => fs.rename("/", "/elsewhere"), "EBUSY");
    await assertFails(() => fs.rename("/folder", "/"), "EBUSY");
    await assertFails(() => fs.unlink("/.content-catalog-opfs/names"), "EPERM");
    await assertThrows(() => fs.stat("relative"), "a relative path");
    await assertThrows(() => fs.stat("/nul\0"), "a path with NUL");
    const { mode } = (await fs.stat("/folder")) ?? {};
    await fs.setMode("/folder", 0o700);
    assertEquals((await fs.stat("/folder"))?.mode, mode, "folders have no mode of their own");
    const names: string[] = [];
    for await (const page of fs.list("/")) names.push(...page.map(({ name }) => name));
    assertEquals(names, ["folder"]);
    await fs.close();
  },

  "finds its way in more folders than it remembers": async (folder) => {
    const fs = await openFolder(folder);
    const paths = Array.from({ length: 1100 }, (_, index) => `/${index}`);
    await Promise.all(paths.map((path) => fs.makeDirectory(path)));
    const found = await Promise.all(paths.map((path) => fs.stat(`${path}/file`)));
    assert(
      found.every((stat) => stat === undefined),
      "expected empty folders",
    );
    await createFile({ fs, directory: "/7", dispose: async () => {} }, "file");
    assertEquals(await readFileText(fs, "/7/file"), "file");
    await fs.close();
  },

  "finishes later what it cannot finish at once for somebody who died": async (folder) => {
    const fs = await openFolder(folder, { interference: refuseForGood("move", "source") });
    await createFiles(fs, "source", "target");
    const refusal = refuseOnce("move", "source");
    const other = await openFolder(folder, { interference: refusal });
    const handle = await other.open("/target", "read");
    await assertFails(() => fs.rename("/source", "/target"), "EACCES");
    refusal.begin();
    await assertFails(() => other.stat("/source"), "EACCES");
    assertEquals(await other.stat("/source"), undefined);
    assertEquals(await readFileText(other, "/target"), "source");
    assertEquals(await readText(handle, 0, 100), "target");
    await handle.close();
    await other.close();
  },

  "changes nothing when there is no space for the list of names": async (folder) => {
    let isFull = false;
    const beforeWrite = (sizeBytes: number, name: string): number => (isFull && name === "names" ? 3 : sizeBytes);
    const fs = await openFolder(folder, { interference: { beforeWrite } });
    await createFiles(fs, "source", "target");
    const before = await fs.stat("/source");
    isFull = true;
    await assertFails(() => fs.setMode("/source", 0o400), "ENOSPC");
    await assertFails(() => fs.rename("/source", "/target"), "ENOSPC");
    await assertFails(() => fs.unlink("/source"), "ENOSPC");
    isFull = false;
    assertEquals(await fs.stat("/source"), before);
    assertEquals([await readFileText(fs, "/source"), await readFileText(fs, "/target")], ["source", "target"]);
    await fs.rename("/source", "/target");
    assertEquals(await readFileText(fs, "/target"), "source");
    await fs.close();
  },

  "writes a long list of names anew, and others follow": async (folder) => {
    const fs = await openFolder(folder, { compactBytes: 1000 });
    const other = await openFolder(folder);
    await createFiles(fs, "a", "b", "c");
    const [kept, gone] = [await other.open("/a", "append"), await other.open("/b", "read")];
    const { identity } = await kept.stat();
    await fs.unlink("/b");
    await fs.setMode("/c", 0o400);
    for (let turn = 0; turn < 40; turn += 1) {
      await fs.rename(turn % 2 === 0 ? "/a" : "/z", turn % 2 === 0 ? "/z" : "/a");
      if (turn % 10 !== 0) continue;
      await kept.write(new TextEncoder().encode("+"));
      assertEquals((await kept.stat()).identity, identity);
    }
    assert((await (await listOf(folder)).getFile()).size < 2000, "the list of names is long");
    assertEquals(await readFileText(other, "/a"), "a++++");
    assertEquals([(await other.stat("/a"))?.identity, (await other.stat("/c"))?.mode], [identity, 0o400]);
    assertEquals([await other.stat("/b"), await readText(gone, 0, 100)], [undefined, "b"]);
    assertEquals((await gone.stat()).links, 0);
    await Promise.all([kept.close(), gone.close()]);
    await Promise.all([fs.close(), other.close()]);
  },

  "goes on with a long list of names that cannot be written anew": async (folder) => {
    const beforeChange = async (_change: string, name: string): Promise<void> => {
      if (name === "names-next") throw refusedChange();
    };
    const fs = await openFolder(folder, { compactBytes: 100, interference: { beforeChange } });
    await createFiles(fs, "a", "b");
    for (const mode of [0o400, 0o600]) await fs.setMode("/a", mode);
    assertEquals([(await fs.stat("/a"))?.mode, await readFileText(fs, "/b")], [0o600, "b"]);
    await fs.close();
  },

  "opens where a power failure left other bytes in the list of names": async (folder) => {
    const fs = await openFolder(folder);
    await createFiles(fs, "a");
    await fs.close();
    for (const text of [
      "",
      "short",
      `${"0".repeat(32)}\n\0\0\0\n5\n["move","x","/y","/z",null]\n["at"`,
      "\0".repeat(100),
    ]) {
      const list = await (await listOf(folder)).createSyncAccessHandle();
      list.truncate(0);
      list.write(new TextEncoder().encode(text), { at: 0 });
      list.close();
      const next = await openFolder(folder);
      await next.rename("/a", "/b");
      await next.rename("/b", "/a");
      assertEquals(await readFileText(next, "/a"), "a");
      await next.close();
    }
  },
};

async function createFiles(fs: OpfsFileSystem, ...names: readonly string[]): Promise<void> {
  for (const name of names) await createFile({ fs, directory: "/", dispose: async () => {} }, name);
}

/** Refuses one change of a name, the first after it was told to begin. */
function refuseOnce(change: string, name: string | RegExp, why?: string): Interference & { begin(): void } {
  const isMeant = (given: string): boolean => (typeof name === "string" ? name === given : name.test(given));
  let left = 0;
  return {
    begin: () => {
      left = 1;
    },
    beforeChange: async (...given) => {
      if (left === 0 || given[0] !== change || !isMeant(given[1])) return;
      left -= 1;
      throw refusedChange(why);
    },
  };
}

/** Refuses a change of a name, and from then on everything, as for somebody who died there. */
function refuseForGood(change: string, name: string): Interference {
  let isOver = false;
  return {
    beforeChange: async (...given) => {
      isOver ||= given[0] === change && given[1] === name;
      if (isOver) throw refusedChange();
    },
    beforeWrite: (sizeBytes) => {
      if (isOver) throw refusedChange();
      return sizeBytes;
    },
  };
}

function refusedChange(why = "NotAllowedError"): DOMException {
  return new DOMException("not now", why);
}

/** The list of names, as the browser has it. */
async function listOf(folder: string): Promise<OpfsFile> {
  return (await ownFolder(folder)).getFileHandle("names");
}

async function ownFolder(folder: string): Promise<OpfsDirectory> {
  const origin = toOpfsDirectory(await navigator.storage.getDirectory());
  return (await origin.getDirectoryHandle(folder)).getDirectoryHandle(".content-catalog-opfs");
}
