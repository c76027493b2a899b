import { assert, assertEquals, assertFails } from "../assert.ts";
import {
  createDirectory,
  createFile,
  encode,
  type FileSystemCase,
  joinPath,
  readFileText,
  readText,
  withOpen,
  writeAll,
} from "./place.ts";

/** What the port says about open files and `readFile`. */
export const handleCases: Readonly<Record<string, FileSystemCase>> = {
  "open read: the file must exist": async (place) => {
    await assertFails(() => place.fs.open(joinPath(place.directory, "missing"), "read"), "ENOENT");
    const path = await createFile(place, "a", "hello");
    assertEquals(await withOpen(place.fs.open(path, "read"), (handle) => readText(handle, 0, 100)), "hello");
  },

  "open create: the name must be free": async (place) => {
    const path = await createFile(place, "a", "first");
    await assertFails(() => place.fs.open(path, "create"), "EEXIST");
    assertEquals(await readFileText(place.fs, path), "first");
    const folder = await createDirectory(place, "folder");
    await assertFails(() => place.fs.open(folder, "create"), "EEXIST");
  },

  "open create: the folder must be there, and be one": async (place) => {
    await assertFails(() => place.fs.open(joinPath(place.directory, "missing/a"), "create"), "ENOENT");
    const path = await createFile(place, "file");
    await assertFails(() => place.fs.open(`${path}/a`, "create"), "ENOTDIR", "ENOENT");
  },

  "open create: of many at once one wins": async ({ fs, directory }) => {
    const attempts = Array.from({ length: 20 }, () => fs.open(joinPath(directory, "a"), "create"));
    const results = await Promise.allSettled(attempts);
    const won = results.filter((result) => result.status === "fulfilled");
    for (const { value } of won) await value.close();
    assertEquals(won.length, 1, "files created");
    for (const result of results) {
      if (result.status === "rejected") await assertFails(() => Promise.reject(result.reason), "EEXIST");
    }
  },

  "open create: for writing and reading, each where it is": async ({ fs, directory }) => {
    await withOpen(fs.open(joinPath(directory, "a"), "create"), async (handle) => {
      await writeAll(handle, encode("hello "));
      assertEquals(await readText(handle, 1, 3), "ell");
      await writeAll(handle, encode("world"));
      assertEquals(await readText(handle, 0, 100), "hello world");
    });
  },

  "open append: the file must exist, and none is made": async ({ fs, directory }) => {
    const path = joinPath(directory, "missing");
    await assertFails(() => fs.open(path, "append"), "ENOENT");
    assertEquals(await fs.lstat(path), undefined);
  },

  "open append: every write goes to the end at that moment": async (place) => {
    const path = await createFile(place, "a", "0");
    await withOpen(place.fs.open(path, "append"), (first) =>
      withOpen(place.fs.open(path, "append"), async (second) => {
        await writeAll(first, encode("1"));
        await writeAll(second, encode("2"));
        await writeAll(first, encode("3"));
        await writeAll(second, encode("4"));
      }),
    );
    assertEquals(await readFileText(place.fs, path), "01234");
  },

  "open append: writers at once keep out of each other's way": async (place) => {
    const path = await createFile(place, "a", "");
    const write = (writer: number): Promise<string[]> =>
      withOpen(place.fs.open(path, "append"), async (handle) => {
        const pieces: string[] = [];
        for (let index = 0; index < 60; index += 1) {
          const piece = `${writer}${"x".repeat(index * 7)}`;
          pieces.push(piece.slice(0, await handle.write(encode(piece))));
        }
        return pieces;
      });
    const pieces = await Promise.all([0, 1, 2].map(write));
    let text = await readFileText(place.fs, path);
    while (text !== "") {
      const piece = pieces[Number(text[0])]?.shift();
      assert(piece !== undefined && text.startsWith(piece), `a write was torn or lost before "${text.slice(0, 80)}"`);
      text = text.slice(piece.length);
    }
    assertEquals(pieces, [[], [], []], "what was written and is not there");
  },

  "read: from any position, into the target and nowhere else": async (place) => {
    const path = await createFile(place, "a", "0123456789");
    await withOpen(place.fs.open(path, "read"), async (handle) => {
      const buffer = new Uint8Array(8).fill(46);
      const read = await handle.read(buffer.subarray(2, 5), 4);
      assert(read >= 1 && read <= 3, `read ${read} bytes of 3`);
      assertEquals(new TextDecoder().decode(buffer), `..${"456".slice(0, read)}`.padEnd(8, "."));
      assert((await handle.read(buffer, 8)) <= 2, "read bytes from behind the end");
      assertEquals(await readText(handle, 8, 8), "89");
      assertEquals(await readText(handle, 0, 8), "01234567");
    });
  },

  "read: 0 at the end, behind it, and for a target of no bytes": async (place) => {
    const path = await createFile(place, "a", "0123");
    await withOpen(place.fs.open(path, "read"), async (handle) => {
      assertEquals(await handle.read(new Uint8Array(4), 4), 0);
      assertEquals(await handle.read(new Uint8Array(4), 4000), 0);
      assertEquals(await handle.read(new Uint8Array(0), 0), 0);
    });
  },

  "write: no bytes change nothing": async ({ fs, directory }) => {
    const path = joinPath(directory, "a");
    await withOpen(fs.open(path, "create"), async (handle) => {
      assertEquals(await handle.write(new Uint8Array(0)), 0);
      await writeAll(handle, encode("a"));
      assertEquals(await handle.write(new Uint8Array(0)), 0);
    });
    assertEquals(await readFileText(fs, path), "a");
  },

  "write: of a view writes the view, and the buffer may be used again": async ({ fs, directory }) => {
    const path = joinPath(directory, "a");
    await withOpen(fs.open(path, "create"), async (handle) => {
      const buffer = encode("..hello..");
      await writeAll(handle, buffer.subarray(2, 7));
      buffer.fill(0);
    });
    assertEquals(await readFileText(fs, path), "hello");
  },

  "write: not through a file opened for reading": async (place) => {
    const path = await createFile(place, "a", "hello");
    await withOpen(place.fs.open(path, "read"), (handle) =>
      assertFails(() => handle.write(encode("x")), "EBADF", "EPERM", "EACCES"),
    );
    assertEquals(await readFileText(place.fs, path), "hello");
  },

  "sync: resolves": async ({ fs, directory }) => {
    await withOpen(fs.open(joinPath(directory, "a"), "create"), async (handle) => {
      await writeAll(handle, encode("a"));
      await handle.sync();
    });
  },

  "close: twice is safe, at once too; then nothing works": async (place) => {
    const handle = await place.fs.open(await createFile(place, "a"), "append");
    await Promise.all([handle.close(), handle.close()]);
    await handle.close();
    await assertFails(() => handle.read(new Uint8Array(1), 0), "EBADF");
    await assertFails(() => handle.write(encode("x")), "EBADF");
    await assertFails(() => handle.stat(), "EBADF");
    await assertFails(() => handle.sync(), "EBADF");
    await assertFails(() => handle.setAccess({ mode: 0o600 }), "EBADF");
  },

  "an open file outlives its name": async (place) => {
    const path = await createFile(place, "a", "old");
    await withOpen(place.fs.open(path, "append"), async (handle) => {
      await place.fs.unlink(path);
      await createFile(place, "a", "new");
      await writeAll(handle, encode("er"));
      assertEquals((await handle.stat()).sizeBytes, 5);
    });
    assertEquals(await readFileText(place.fs, path), "new");
  },

  "an open file follows a rename, and stays what it was when its name is replaced": async (place) => {
    const [from, to] = [await createFile(place, "from", "1"), await createFile(place, "to", "22")];
    await withOpen(place.fs.open(to, "read"), (replaced) =>
      withOpen(place.fs.open(from, "append"), async (moved) => {
        await place.fs.rename(from, to);
        await writeAll(moved, encode("23"));
        assertEquals(await readText(replaced, 0, 10), "22");
      }),
    );
    assertEquals(await readFileText(place.fs, to), "123");
  },

  "readFile: the whole file, as bytes of the caller": async (place) => {
    const text = "0123456789abcdef".repeat(20_000);
    const path = await createFile(place, "a", text);
    const bytes = await place.fs.readFile(path);
    assert(Object.getPrototypeOf(bytes) === Uint8Array.prototype, "expected a plain Uint8Array");
    assertEquals(new TextDecoder().decode(bytes), text);
    bytes.fill(0);
    assertEquals(await readFileText(place.fs, path), text);
    assertEquals(await place.fs.readFile(await createFile(place, "empty", "")), new Uint8Array(0));
  },

  "readFile: fails for what is no file": async (place) => {
    await assertFails(() => place.fs.readFile(joinPath(place.directory, "missing")), "ENOENT");
    await assertFails(() => place.fs.readFile(place.directory), "EISDIR");
  },
};
