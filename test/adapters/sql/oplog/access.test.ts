import { chmodSync, chownSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createNodeFileSystem } from "../../../../src/adapters/fs/node.ts";
import type { FileHandle, FileStat, FileSystem } from "../../../../src/ports/file-system.ts";
import { describeWith } from "../../../components.ts";
import {
  insert,
  inTemporaryFolder,
  MIGRATIONS,
  MIGRATIONS_2,
  openEngine,
  overrideCalls,
  overrideHandles,
} from "./_engine-world.ts";

const NOBODY = { userId: 65534, groupId: 4321 };
const umask = process.umask();

afterEach(() => void process.umask(umask));

/** The machine's files, and how each was that something was written to, or that got its name, at that moment. */
function watched(fs: FileSystem, seen: Map<string, FileStat>): FileSystem {
  const note = (path: string, stat: FileStat | undefined): void => {
    if (stat?.kind === "file") seen.set(path.replaceAll(/[0-9a-f]{32}/g, "*"), stat);
  };
  const handles = overrideHandles(fs, (handle: FileHandle, path) => ({
    write: async (bytes) => {
      note(path, await handle.stat());
      return handle.write(bytes);
    },
  }));
  return overrideCalls(handles, {
    link: async (existing, path) => {
      note(path, await fs.lstat(existing));
      await fs.link(existing, path);
    },
    rename: async (from, to) => {
      note(to, await fs.lstat(from));
      await fs.rename(from, to);
    },
  });
}

/** Everything that writes: batches, checkpoints, a migration, kept files, a second one who wants the lock. */
async function useAll(fs: FileSystem, path: string): Promise<void> {
  const options = { fs, path, mode: "write", keepSnapshots: 2 } as const;
  const engine = await openEngine({ ...options, checkpointOnClose: "never" });
  await engine.batch([insert("a")]);
  // It asks for the lock, and may get it.
  const other = await openEngine({ ...options, fs: overrideCalls(fs, {}) });
  await Promise.allSettled([other.batch([insert("b")])]);
  await other.close();
  await engine.checkpoint();
  await engine.batch([insert("c")]);
  expect(readdirSync(join(path, ".."))).toEqual(expect.arrayContaining([expect.stringContaining(".lock")]));
  await engine.close();
  await (await openEngine({ ...options, migrations: MIGRATIONS_2 })).close();
}

async function createCatalog(folder: string): Promise<string> {
  const path = join(folder, "catalog.sqlite");
  await (await openEngine({ fs: createNodeFileSystem(), path, migrations: MIGRATIONS })).close();
  return path;
}

const KINDS = [/\.oplog$/, /\.lock\.\*$/, /\.lock$/, /\*\.d\/snapshot-1$/, /\.reserve$/, /\.kept-/, /\.v1$/, /sqlite$/];

describe("files beside a catalog", () => {
  it.each([
    [0o600, 0],
    [0o640, 0],
    [0o644, 0o022],
    [0o660, 0o022],
    [0o664, 0o077],
    [0o666, 0o027],
  ])("are for nobody else, and for nobody less: %o, umask %o", (mode, mask) =>
    inTemporaryFolder(async (folder, fs) => {
      const path = await createCatalog(folder);
      chmodSync(path, mode);
      process.umask(mask);
      const seen = new Map<string, FileStat>();
      await useAll(watched(fs, seen), path);
      const paths = [...seen.keys()];
      for (const kind of KINDS) expect(paths, String(kind)).toContainEqual(expect.stringMatching(kind));
      expect([...seen].filter(([, stat]) => stat.mode !== mode).map(([name]) => name)).toEqual([]);
      expect(lstatSync(path).mode & 0o777).toBe(mode);
    }),
  );

  it.each(["EPERM", "ENOTSUP"])("are as they come where nobody can set that: %s", (code) =>
    inTemporaryFolder(async (folder, fs) => {
      const path = await createCatalog(folder);
      chmodSync(path, 0o666);
      const setAccess = (): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));
      await useAll(
        overrideHandles(fs, () => ({ setAccess })),
        path,
      );
      chmodSync(path, 0o666);
      const broken = overrideHandles(fs, () => ({
        setAccess: () => Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" })),
      }));
      const engine = await openEngine({ fs: broken, path, mode: "write", migrations: MIGRATIONS_2 });
      await expect(engine.batch([insert("z")])).rejects.toMatchObject({ code: "BACKEND" });
      await engine.close();
    }),
  );

  it("shut those out whom the owner shut out since a checkpoint began", () =>
    inTemporaryFolder(async (folder, fs) => {
      const path = await createCatalog(folder);
      chmodSync(path, 0o644);
      const shutting = overrideCalls(fs, {
        stat: async (name) => {
          const stat = await fs.stat(name);
          if (stat !== undefined && readdirSync(folder).some((each) => each.endsWith(".d") && hasSnapshot(each))) {
            chmodSync(path, 0o600);
            return { ...stat, mode: 0o600 };
          }
          return stat;
        },
      });
      const hasSnapshot = (name: string): boolean => readdirSync(join(folder, name)).includes("snapshot-1");
      const engine = await openEngine({ fs: shutting, path, mode: "write" });
      await engine.batch([insert("a")]);
      await engine.checkpoint();
      expect(lstatSync(path).mode & 0o777).toBe(0o600);
      await engine.close();
    }));
});

describeWith("root", "what root writes", () => {
  it.each([0o600, 0o660])("belongs to whom the catalog belongs: mode %o", (mode) =>
    inTemporaryFolder(async (folder, fs) => {
      const path = await createCatalog(folder);
      chownSync(path, NOBODY.userId, NOBODY.groupId);
      chmodSync(path, mode);
      const seen = new Map<string, FileStat>();
      const folders: unknown[] = [];
      const watching = overrideCalls(watched(fs, seen), {
        removeDirectory: async (name) => {
          folders.push((await fs.lstat(name))?.owner);
          await fs.removeDirectory(name);
        },
      });
      await useAll(watching, path);
      expect(
        [...seen].filter(([, { owner }]) => owner?.userId !== NOBODY.userId || owner.groupId !== NOBODY.groupId),
      ).toEqual([]);
      expect([...seen].filter(([, stat]) => stat.mode !== mode)).toEqual([]);
      expect(folders.length).toBeGreaterThan(2);
      for (const owner of folders) expect(owner).toEqual(NOBODY);
      const { uid, gid } = lstatSync(path);
      expect([uid, gid]).toEqual([NOBODY.userId, NOBODY.groupId]);
    }),
  );
});
