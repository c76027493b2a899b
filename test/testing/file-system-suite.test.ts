import { expect, it } from "vitest";
import { createMemoryFileSystem } from "../../src/adapters/fs/memory.ts";
import type { DirectoryEntry, FileHandle, FileStat, FileSystem } from "../../src/ports/file-system.ts";
import { testFileSystem } from "../../src/testing/file-system-suite.ts";
import { findFailures } from "./_collect-cases.ts";

type Break = (fs: FileSystem) => Partial<FileSystem>;

/** A file system whose calls are those of `fs`, but for `parts`. */
function mix(fs: FileSystem, parts: Partial<FileSystem>): FileSystem {
  return new Proxy(fs, {
    get: (target, key) => {
      const value: unknown = Reflect.get(key in parts ? parts : target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Breaks what open files do. */
function breakHandles(parts: (handle: FileHandle) => Partial<FileHandle>): Break {
  return (fs) => ({
    open: async (...args) => {
      const handle = await fs.open(...args);
      const rest: FileHandle = {
        read: (target, position) => handle.read(target, position),
        write: (bytes) => handle.write(bytes),
        stat: () => handle.stat(),
        sync: () => handle.sync(),
        setAccess: (access) => handle.setAccess(access),
        close: () => handle.close(),
      };
      return { ...rest, ...parts(handle) };
    },
  });
}

/** Breaks what is told about files. */
function breakStats(change: (stat: FileStat, path: string) => FileStat): Break {
  return (fs) => ({
    stat: async (path) => {
      const stat = await fs.stat(path);
      return stat && change(stat, path);
    },
  });
}

function closed(): Error {
  return Object.assign(new Error("closed twice"), { code: "EBADF" });
}

const broken: readonly (readonly [title: string, broken: Break, expected: string])[] = [
  [
    "creates over an existing file",
    (fs) => ({
      open: async (path, mode, createMode) => {
        if (mode === "create") await fs.unlink(path).catch(() => {});
        return fs.open(path, mode, createMode);
      },
    }),
    "open create: the name must be free",
  ],
  [
    "creates a file to append to",
    (fs) => ({
      open: async (path, mode) => fs.open(path, mode === "append" && !(await fs.stat(path)) ? "create" : mode),
    }),
    "open append: the file must exist, and none is made",
  ],
  [
    "ignores the mode",
    (fs) => ({ open: (path, mode) => fs.open(path, mode) }),
    "setMode and open: permission bits, where there are any",
  ],
  [
    "sets no time",
    () => ({ setModified: async () => {} }),
    "setModified: the time, as exactly as the device keeps it, where anybody can",
  ],
  [
    "changes the mode of an existing file",
    (fs) => ({
      open: async (path, mode, createMode) => {
        const handle = await fs.open(path, mode, createMode);
        if (createMode !== undefined) await fs.setMode(path, createMode);
        return handle;
      },
    }),
    "open: an existing file keeps its permission bits",
  ],
  [
    "fails when closed twice",
    breakHandles((handle) => {
      let open = true;
      const close = async (): Promise<void> => {
        if (!open) throw closed();
        open = false;
        await handle.close();
      };
      return { close };
    }),
    "close: twice is safe, at once too; then nothing works",
  ],
  [
    "stays open",
    breakHandles(() => ({ close: async () => {} })),
    "close: twice is safe, at once too; then nothing works",
  ],
  [
    "reads from the start only",
    breakHandles((handle) => ({ read: (target) => handle.read(target, 0) })),
    "read: 0 at the end, behind it, and for a target of no bytes",
  ],
  [
    "says it read more than it did",
    breakHandles((handle) => ({
      read: async (target, position) => {
        await handle.read(target, position);
        return target.byteLength;
      },
    })),
    "read: from any position, into the target and nowhere else",
  ],
  [
    "writes nothing",
    breakHandles(() => ({ write: async () => 0 })),
    "write: of a view writes the view, and the buffer may be used again",
  ],
  [
    "writes the whole buffer of a view",
    breakHandles((handle) => ({
      write: async (bytes) => {
        await handle.write(new Uint8Array(bytes.buffer));
        return bytes.byteLength;
      },
    })),
    "write: of a view writes the view, and the buffer may be used again",
  ],
  [
    "appends in pieces",
    breakHandles((handle) => ({
      write: async (bytes) => {
        const middle = bytes.byteLength >> 1;
        const first = await handle.write(bytes.subarray(0, middle));
        await new Promise((resolve) => setTimeout(resolve, 0));
        return first + (await handle.write(bytes.subarray(middle)));
      },
    })),
    "open append: writers at once keep out of each other's way",
  ],
  [
    "forgets a file without name",
    (fs) =>
      breakHandles((handle) => ({
        write: async (bytes) => ((await handle.stat()).links === 0 ? 0 : handle.write(bytes)),
      }))(fs),
    "an open file outlives its name",
  ],
  [
    "gives a subclass of Uint8Array",
    (fs) => ({ readFile: async (path) => Buffer.from(await fs.readFile(path)) }),
    "readFile: the whole file, as bytes of the caller",
  ],
  [
    "throws when nothing is there",
    (fs) => ({
      stat: async (path) => {
        const stat = await fs.stat(path);
        if (stat === undefined) throw closed();
        return stat;
      },
    }),
    "stat and lstat: undefined when nothing is there",
  ],
  [
    "has one identity for all",
    breakStats((stat) => ({ ...stat, identity: "1" })),
    "stat: identity belongs to the file, not to the name",
  ],
  ["identifies files by path", breakStats((stat, path) => ({ ...stat, identity: path })), "rename: replaces a file"],
  [
    "counts no links",
    breakStats((stat) => ({ ...stat, links: 1 })),
    "link: a second name for one file, where there are hard links",
  ],
  [
    "has no times",
    breakStats((stat) => ({ ...stat, modifiedMs: Number.NaN })),
    "stat: the time is that of the content",
  ],
  [
    "lists . and ..",
    (fs) => ({
      list: async function* (path) {
        yield [{ name: ".", kind: "directory" }];
        yield* fs.list(path);
      },
    }),
    "list: names and kinds, without . and ..",
  ],
  [
    "lists nothing where no folder is",
    (fs) => ({
      list: async function* (path) {
        if ((await fs.stat(path))?.kind === "directory") yield* fs.list(path);
      },
    }),
    "list: fails for what is no folder",
  ],
  [
    "lists all at once",
    (fs) => ({
      list: async function* (path) {
        const pages: DirectoryEntry[] = [];
        for await (const page of fs.list(path)) pages.push(...page);
        yield pages;
      },
    }),
    "list: a folder of many in pages, each name once",
  ],
  [
    "gives an empty page",
    (fs) => ({
      list: async function* (path) {
        yield* fs.list(path);
        yield [];
      },
    }),
    "list: a folder of many in pages, each name once",
  ],
  [
    "takes a folder that is made again for the one of before",
    breakStats((stat) => ({ ...stat, identity: stat.kind === "directory" ? "folder" : stat.identity })),
    "stat: a folder that is made again is another one, where names can be made durable",
  ],
  [
    "tells no number of free bytes",
    () => ({ freeBytes: async () => Number.NaN }),
    "freeBytes: so many bytes, where that is told",
  ],
  [
    "says that cloned files share nothing",
    () => ({ mayShareBlocks: async () => false }),
    "mayShareBlocks: true at least where files can be cloned",
  ],
  [
    "removes a folder with all in it",
    (fs) => ({
      removeDirectory: async (path) => {
        for await (const page of fs.list(path)) for (const { name } of page) await fs.unlink(`${path}/${name}`);
        await fs.removeDirectory(path);
      },
    }),
    "removeDirectory: only an empty one",
  ],
  [
    "makes parents too",
    (fs) => ({
      makeDirectory: async (path) => {
        await fs.makeDirectory(path.replace(/\/[^/]+$/, "") || "/").catch(() => {});
        await fs.makeDirectory(path);
      },
    }),
    "makeDirectory: in a folder that is there, under a free name",
  ],
  [
    "renames by copying",
    (fs) => ({
      rename: async (from, to) => {
        const bytes = await fs.readFile(from);
        await fs.unlink(from);
        await fs.unlink(to).catch(() => {});
        const handle = await fs.open(to, "create");
        await handle.write(bytes);
        await handle.close();
      },
    }),
    "rename: replaces a file",
  ],
  [
    "links over a file",
    (fs) => ({
      link: async (existing, path) => {
        if ((await fs.stat(existing)) && existing !== path) await fs.unlink(path).catch(() => {});
        await fs.link(existing, path);
      },
    }),
    "link: never replaces, and needs a file to link",
  ],
  [
    "unlinks folders",
    (fs) => ({ unlink: (path) => fs.unlink(path).catch(() => fs.removeDirectory(path)) }),
    "unlink: removes the name of a file, never a folder",
  ],
  [
    "gives a file to nobody",
    breakHandles(() => ({ setAccess: async () => {} })),
    "setAccess: owner and mode of the open file, whatever its name stands for",
  ],
  [
    "says it cannot set access and can",
    () => ({ capabilities: { hardlink: true, clone: false, directorySync: true, access: false } }),
    "setAccess: owner and mode of the open file, whatever its name stands for",
  ],
  ["does not look at paths", () => ({ realPath: async (path) => path }), "realPath: without . and .."],
  ["syncs what is not there", () => ({ syncDirectory: async () => {} }), "syncDirectory: resolves for a folder"],
  [
    "says it has no hard links and has them",
    () => ({ capabilities: { hardlink: false, clone: false, directorySync: true, access: true } }),
    "link: a second name for one file, where there are hard links",
  ],
];

function suiteOver(change: Break): Promise<readonly string[]> {
  return findFailures((runner) =>
    testFileSystem(runner, "broken", async () => {
      const fs = createMemoryFileSystem();
      return { fs: mix(fs, change(fs)), directory: "/", dispose: async () => {} };
    }),
  );
}

it.each(broken)("finds a file system that %s", async (_title, change, expected) => {
  expect(await suiteOver(change)).toContain(expected);
});

it("finds nothing wrong with one that lacks hard links and durable names, and says so", async () => {
  const failures = await suiteOver(() => ({
    capabilities: { hardlink: false, clone: false, directorySync: false, access: true },
    syncDirectory: async () => {},
    link: () => Promise.reject(Object.assign(new Error("no links"), { code: "ENOTSUP" })),
  }));
  expect(failures).toEqual([]);
});

it("finds nothing wrong with one that reads and writes few bytes at a time", async () => {
  const failures = await suiteOver(
    breakHandles((handle) => ({
      read: (target, position) => handle.read(target.subarray(0, 3), position),
      write: (bytes) => handle.write(bytes.subarray(0, 3)),
    })),
  );
  expect(failures).toEqual([]);
});

it("disposes of every place, whether the case passes or fails", async () => {
  let [made, disposed] = [0, 0];
  await findFailures((runner) =>
    testFileSystem(runner, "counted", async () => {
      made += 1;
      const fs = mix(createMemoryFileSystem(), { setMode: () => Promise.reject(closed()) });
      return {
        fs,
        directory: "/",
        dispose: async () => {
          disposed += 1;
        },
      };
    }),
  );
  expect(disposed).toBe(made);
});
