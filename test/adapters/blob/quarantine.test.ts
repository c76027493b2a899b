import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { type BlobKey, parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { BlobStore, QuarantinedBlob } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { evidenceFor } from "../../../src/testing/blob-store/place.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { changed, inFolder, openStore } from "./_store-world.ts";

const KEY = parseBlobKey("papers/one.pdf");
const node = createNodeFileSystem();

async function write(fs: FileSystem, path: string, text: string): Promise<void> {
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode(text));
  await handle.close();
}

async function setAside(store: BlobStore): Promise<BlobKey> {
  const writer = await store.stage();
  await writer.write(new TextEncoder().encode("damaged"));
  await store.place(await writer.finish(), KEY);
  const found = await store.stat(KEY);
  const aside = found && (await store.setAside(KEY, { found, evidence: evidenceFor(store) }));
  if (aside === undefined) throw new Error("nothing was put aside");
  return aside;
}

async function list(store: BlobStore): Promise<QuarantinedBlob[]> {
  const found: QuarantinedBlob[] = [];
  for await (const page of store.listQuarantined()) found.push(...page);
  return found;
}

describe("what lies in quarantine", () => {
  it("is told with no evidence where that is missing, torn, too long, or no file", async () => {
    const files = createMemoryFileSystem();
    const store = await openStore(files);
    const folder = `/root/${(await setAside(store)).replace(/\/[^/]*$/, "")}`;
    const note = `${folder}/evidence.json`;
    const evidence = async (fs: FileSystem = files): Promise<unknown> =>
      (await list(await openStore(fs))).map((blob) => blob.evidence);
    expect(await evidence()).toEqual([evidenceFor(store)]);
    const tooLong = changed(files, {
      lstat: async (path) => {
        const stat = await files.lstat(path);
        return stat && path === note ? { ...stat, sizeBytes: 16_777_217 } : stat;
      },
    });
    expect(await evidence(tooLong)).toEqual([null]);
    const gone = changed(files, {
      readFile: (path) => files.unlink(path).then(() => files.readFile(path)),
    });
    expect(await evidence(gone)).toEqual([null]);
    expect(await evidence()).toEqual([null]);
    await write(files, note, '{"schema_version": 2, "reason": ');
    expect(await evidence()).toEqual([null]);
    await files.unlink(note);
    await files.makeDirectory(note);
    expect(await evidence()).toEqual([null]);
  });

  it("is every file in a folder, and no folder, nor what has no folder of its own", async () => {
    const files = createMemoryFileSystem();
    const store = await openStore(files);
    const aside = await setAside(store);
    const folder = `/root/${aside.replace(/\/[^/]*$/, "")}`;
    await write(files, `${folder}/mine.txt`, "mine");
    await files.makeDirectory(`${folder}/folder`);
    await write(files, "/root/.quarantine/loose", "loose");
    await files.makeDirectory("/root/.quarantine/empty");
    await files.makeDirectory("/root/.quarantine/note");
    await write(files, "/root/.quarantine/note/evidence.json", "{}");
    const found = await list(store);
    expect(found.map(({ at }) => at).sort()).toEqual([aside, aside.replace("one.pdf", "mine.txt")].sort());
    // What is still beside the note needs it.
    const blob = found.find(({ at }) => at === aside);
    if (blob !== undefined) await store.dropQuarantined(blob);
    expect((await list(store)).map(({ evidence }) => evidence)).toEqual([evidenceFor(store)]);
  });

  it("is nothing that somebody removes meanwhile", async () => {
    for (let failAt = 1; ; failAt += 1) {
      const files = createMemoryFileSystem();
      const other = await openStore(files);
      const aside = await setAside(other);
      const change = async (): Promise<void> => {
        const stat = await other.stat(aside);
        if (stat !== undefined) await other.dropQuarantined({ at: aside, stat });
      };
      const fs = createFaultyFileSystem(files, { failAt, effect: "change", change });
      const store = await openStore(fs);
      for (const blob of await list(store)) await store.dropQuarantined(blob);
      expect(await list(store)).toEqual([]);
      if (fs.faults === 0) break;
    }
  });

  it("lies there since the later one of the times of its folder and its note", async () => {
    let now = 1000;
    const files = createMemoryFileSystem({ now: () => now });
    const store = await openStore(files);
    now = 2000;
    const aside = await setAside(store);
    expect((await list(store)).map(({ quarantinedMs }) => quarantinedMs)).toEqual([2000]);
    now = 3000;
    await write(files, `/root/${aside.replace("one.pdf", "mine.txt")}`, "mine");
    expect((await list(store)).map(({ quarantinedMs }) => quarantinedMs)).toEqual([3000, 3000]);
  });

  it("is not looked for where a symlink leads", () =>
    inFolder(async (folder) => {
      const store = await openStore(node, `${folder}/root`);
      await mkdir(`${folder}/root`);
      await mkdir(`${folder}/outside/x`, { recursive: true });
      await writeFile(`${folder}/outside/x/mine.txt`, "mine");
      await symlink(`${folder}/outside`, `${folder}/root/.quarantine`);
      await expect(list(store)).rejects.toMatchObject({ code: "REFUSED" });
      const [at, stat] = [parseBlobKey(".quarantine/x/mine.txt"), await node.lstat(`${folder}/outside/x/mine.txt`)];
      if (stat === undefined) throw new Error("there is no file");
      await expect(store.dropQuarantined({ at, stat })).rejects.toMatchObject({ code: "REFUSED" });
      expect(await readdir(`${folder}/outside/x`)).toEqual(["mine.txt"]);
    }));

  it("fails as the file system does", async () => {
    const files = createMemoryFileSystem();
    await setAside(await openStore(files));
    const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error("EACCES"), { code: "EACCES" }));
    const store = await openStore(changed(files, { readFile: refuse }));
    await expect(list(store)).rejects.toMatchObject({ code: "PERMISSION" });
  });
});
