import { hasCode } from "../../core/messages/file-error.ts";
import { assert, assertEquals, assertFails } from "../assert.ts";
import {
  createDirectory,
  createFile,
  encode,
  type FileSystemCase,
  getStat,
  hasLinks,
  joinPath,
  listAll,
  readFileText,
  writeAll,
} from "./place.ts";

/** What the port says about making, moving and removing names. */
export const nameCases: Readonly<Record<string, FileSystemCase>> = {
  "makeDirectory: in a folder that is there, under a free name": async (place) => {
    const folder = await createDirectory(place, "folder");
    assertEquals(await listAll(place.fs, folder), []);
    await assertFails(() => place.fs.makeDirectory(folder), "EEXIST");
    const file = await createFile(place, "file");
    await assertFails(() => place.fs.makeDirectory(file), "EEXIST");
    await assertFails(() => place.fs.makeDirectory(joinPath(place.directory, "missing/folder")), "ENOENT");
  },

  "removeDirectory: only an empty one": async (place) => {
    const folder = await createDirectory(place, "folder");
    const file = await createFile(place, "folder/file");
    await assertFails(() => place.fs.removeDirectory(folder), "ENOTEMPTY");
    await assertFails(() => place.fs.removeDirectory(file), "ENOTDIR", "ENOENT");
    await place.fs.unlink(file);
    await place.fs.removeDirectory(folder);
    assertEquals(await place.fs.stat(folder), undefined);
    await assertFails(() => place.fs.removeDirectory(folder), "ENOENT");
  },

  "rename: gives a file another name, in another folder too": async (place) => {
    const from = await createFile(place, "from", "bytes");
    const folder = await createDirectory(place, "folder");
    await place.fs.rename(from, `${folder}/to`);
    assertEquals(await place.fs.stat(from), undefined);
    assertEquals(await readFileText(place.fs, `${folder}/to`), "bytes");
  },

  "rename: replaces a file": async (place) => {
    const [from, to] = [await createFile(place, "from", "new"), await createFile(place, "to", "old")];
    const { identity } = await getStat(place.fs, from);
    await place.fs.rename(from, to);
    assertEquals(await listAll(place.fs, place.directory), [{ name: "to", kind: "file" }]);
    assertEquals((await getStat(place.fs, to)).identity, identity);
    assertEquals(await readFileText(place.fs, to), "new");
  },

  "rename: to the same name changes nothing": async (place) => {
    const path = await createFile(place, "a", "bytes");
    await place.fs.rename(path, path);
    assertEquals(await readFileText(place.fs, path), "bytes");
  },

  "rename: moves a folder with everything in it": async (place) => {
    const folder = await createDirectory(place, "folder");
    await createDirectory(place, "folder/inner");
    await createFile(place, "folder/inner/a", "bytes");
    await place.fs.rename(folder, joinPath(place.directory, "moved"));
    assertEquals(await readFileText(place.fs, joinPath(place.directory, "moved/inner/a")), "bytes");
    assertEquals(await place.fs.stat(`${folder}/inner/a`), undefined);
  },

  "rename: replaces a folder only if it is empty": async (place) => {
    const [from, to] = [await createDirectory(place, "from"), await createDirectory(place, "to")];
    await createFile(place, "from/new", "new");
    await createFile(place, "to/old", "old");
    await assertFails(() => place.fs.rename(from, to), "ENOTEMPTY", "EEXIST");
    assertEquals(await readFileText(place.fs, `${to}/old`), "old");
    await place.fs.unlink(`${to}/old`);
    await place.fs.rename(from, to);
    assertEquals(await listAll(place.fs, place.directory), [{ name: "to", kind: "directory" }]);
    assertEquals(await readFileText(place.fs, `${to}/new`), "new");
  },

  "rename: never lets file and folder replace each other": async (place) => {
    const [file, folder] = [await createFile(place, "file"), await createDirectory(place, "folder")];
    await assertFails(() => place.fs.rename(file, folder), "EISDIR");
    await assertFails(() => place.fs.rename(folder, file), "ENOTDIR");
    assertEquals((await getStat(place.fs, file)).kind, "file");
    assertEquals((await getStat(place.fs, folder)).kind, "directory");
  },

  "rename: not without source or target folder, nor into itself": async (place) => {
    const missing = joinPath(place.directory, "missing");
    const [file, folder] = [await createFile(place, "file"), await createDirectory(place, "folder")];
    await assertFails(() => place.fs.rename(missing, file), "ENOENT");
    await assertFails(() => place.fs.rename(file, `${missing}/file`), "ENOENT");
    await assertFails(() => place.fs.rename(folder, `${folder}/inner`), "EINVAL");
    assertEquals(await readFileText(place.fs, file), "file");
  },

  "link: a second name for one file, where there are hard links": async (place) => {
    const path = await createFile(place, "a", "bytes");
    const second = joinPath(place.directory, "b");
    if (!hasLinks(place)) {
      await assertFails(() => place.fs.link(path, second), "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EPERM");
      return;
    }
    await place.fs.link(path, second);
    assertEquals((await getStat(place.fs, second)).identity, (await getStat(place.fs, path)).identity);
    assertEquals((await getStat(place.fs, path)).links, 2);
    await place.fs.unlink(path);
    assertEquals((await getStat(place.fs, second)).links, 1);
    assertEquals(await readFileText(place.fs, second), "bytes");
  },

  "link: never replaces, and needs a file to link": async (place) => {
    if (!hasLinks(place)) return;
    const [path, taken] = [await createFile(place, "a", "a"), await createFile(place, "b", "b")];
    const folder = await createDirectory(place, "folder");
    const missing = joinPath(place.directory, "missing");
    await assertFails(() => place.fs.link(path, taken), "EEXIST");
    await assertFails(() => place.fs.link(path, folder), "EEXIST");
    await assertFails(() => place.fs.link(missing, `${folder}/a`), "ENOENT");
    await assertFails(() => place.fs.link(path, `${missing}/a`), "ENOENT");
    await assertFails(() => place.fs.link(folder, missing), "EPERM", "EISDIR", "EACCES");
    assertEquals(await readFileText(place.fs, taken), "b");
  },

  "link: of many to one name at once one wins": async (place) => {
    if (!hasLinks(place)) return;
    const paths = await Promise.all(Array.from({ length: 10 }, (_, index) => createFile(place, `file-${index}`)));
    const target = joinPath(place.directory, "target");
    const results = await Promise.allSettled(paths.map((path) => place.fs.link(path, target)));
    const won = results.findIndex((result) => result.status === "fulfilled");
    assertEquals(results.filter((result) => result.status === "fulfilled").length, 1, "names made");
    assertEquals(await readFileText(place.fs, target), `file-${won}`);
  },

  "clone: a file of its own with the same bytes, where bytes can be shared": async (place) => {
    const path = await createFile(place, "a", "bytes");
    const second = joinPath(place.directory, "b");
    try {
      await place.fs.clone(path, second);
    } catch (error) {
      // Also on a file system that can clone, the device under it may not be able to.
      assert(hasCode(error, "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EINVAL", "ENOTTY"), `clone: threw ${error}`);
      assertEquals(await place.fs.lstat(second), undefined);
      return;
    }
    assert(place.fs.capabilities.clone, "clone: works although the capability says it does not");
    const handle = await place.fs.open(second, "append");
    await writeAll(handle, encode(" more")).finally(() => handle.close());
    assertEquals(await readFileText(place.fs, path), "bytes");
    assertEquals(await readFileText(place.fs, second), "bytes more");
    await assertFails(() => place.fs.clone(path, second), "EEXIST");
    await assertFails(() => place.fs.clone(joinPath(place.directory, "missing"), `${second}2`), "ENOENT");
  },

  "unlink: removes the name of a file, never a folder": async (place) => {
    const [file, folder] = [await createFile(place, "file"), await createDirectory(place, "folder")];
    await place.fs.unlink(file);
    assertEquals(await place.fs.stat(file), undefined);
    await assertFails(() => place.fs.unlink(file), "ENOENT");
    await assertFails(() => place.fs.unlink(folder), "EISDIR", "EPERM");
    assertEquals((await getStat(place.fs, folder)).kind, "directory");
  },

  "names: spaces, other alphabets and what a URL would read as syntax": async (place) => {
    const names = ["a b", "100%25", "#1", "é", "日本語", "🙂", "it's", "-rf", ".hidden", "x".repeat(255)].sort();
    for (const name of names) await createFile(place, name);
    const found = (await listAll(place.fs, place.directory)).map(({ name }) => name);
    assertEquals(found, names);
    for (const name of names) assertEquals(await readFileText(place.fs, joinPath(place.directory, name)), name);
  },

  "realPath: without . and ..": async (place) => {
    const folder = await createDirectory(place, "folder");
    const file = await createFile(place, "folder/a");
    const real = await place.fs.realPath(file);
    assert(real.endsWith("/folder/a"), `expected a path to folder/a, got ${real}`);
    assertEquals(await place.fs.realPath(`${folder}/./../folder//a`), real);
    await assertFails(() => place.fs.realPath(joinPath(place.directory, "missing")), "ENOENT");
  },

  "syncDirectory: resolves for a folder": async (place) => {
    await createFile(place, "a");
    await place.fs.syncDirectory(place.directory);
    if (!place.fs.capabilities.directorySync) return;
    await assertFails(() => place.fs.syncDirectory(joinPath(place.directory, "missing")), "ENOENT");
  },
};
