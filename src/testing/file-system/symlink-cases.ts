import { assertEquals, assertFails } from "../assert.ts";
import {
  createDirectory,
  createFile,
  type FileSystemCase,
  type FileSystemPlace,
  getStat,
  joinPath,
  listAll,
  readFileText,
} from "./place.ts";

type MakeSymlink = (target: string, name: string) => Promise<string>;

/** What the port says about symlinks; nothing to check where there are none. */
export const symlinkCases: Readonly<Record<string, FileSystemCase>> = {
  "stat follows, lstat does not": withSymlinks(async (place, symlink) => {
    const file = await createFile(place, "file", "12345");
    const link = await symlink(file, "link");
    assertEquals((await getStat(place.fs, link)).identity, (await getStat(place.fs, file)).identity);
    assertEquals((await place.fs.lstat(link))?.kind, "symlink");
  }),

  "a dangling link is nothing to stat and taken to create": withSymlinks(async (place, symlink) => {
    const link = await symlink(joinPath(place.directory, "missing"), "link");
    assertEquals(await place.fs.stat(link), undefined);
    assertEquals((await place.fs.lstat(link))?.kind, "symlink");
    await assertFails(() => place.fs.open(link, "create"), "EEXIST");
    await assertFails(() => place.fs.open(link, "append"), "ENOENT");
    assertEquals(await place.fs.lstat(joinPath(place.directory, "missing")), undefined);
  }),

  "list names links as what they are": withSymlinks(async (place, symlink) => {
    await symlink(await createDirectory(place, "folder"), "link");
    assertEquals(await listAll(place.fs, place.directory), [
      { name: "folder", kind: "directory" },
      { name: "link", kind: "symlink" },
    ]);
  }),

  "unlink removes the link, not what it points to": withSymlinks(async (place, symlink) => {
    const [file, folder] = [await createFile(place, "file"), await createDirectory(place, "folder")];
    await place.fs.unlink(await symlink(file, "to-file"));
    await place.fs.unlink(await symlink(folder, "to-folder"));
    assertEquals((await listAll(place.fs, place.directory)).length, 2);
  }),

  "rename replaces a link, not what it points to": withSymlinks(async (place, symlink) => {
    const [file, other] = [await createFile(place, "file", "file"), await createFile(place, "other", "other")];
    const link = await symlink(file, "link");
    await place.fs.rename(other, link);
    assertEquals((await place.fs.lstat(link))?.kind, "file");
    assertEquals(await readFileText(place.fs, file), "file");
  }),

  "realPath goes where links lead": withSymlinks(async (place, symlink) => {
    const file = await createFile(place, "file");
    const link = await symlink(place.directory, "link");
    assertEquals(await place.fs.realPath(`${link}/file`), await place.fs.realPath(file));
  }),
};

function withSymlinks(check: (place: FileSystemPlace, symlink: MakeSymlink) => Promise<void>): FileSystemCase {
  return async (place) => {
    const { directory, symlink } = place;
    if (symlink === undefined) return;
    await check(place, async (target, name) => {
      const path = joinPath(directory, name);
      await symlink(target, path);
      return path;
    });
  };
}
