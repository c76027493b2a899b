import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import type { AddFinding, AddInto, AddSource } from "../../../src/catalog/add/add-options.ts";
import { addSources } from "../../../src/catalog/add/add-sources.ts";
import type { FileHandle, FileStat, FileSystem } from "../../../src/ports/file-system.ts";
import { type IngestWorld, openWorld } from "../ingest/_ingest-world.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "content-catalog-odd-"));
  for (const name of ["a.txt", "bad/inner.txt", "bad/deep/leaf.txt", "z.txt"]) write(name, `bytes of ${name}`);
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  const path = join(folder, "in", name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
}

/** Does something in a folder, as one can only be in it. */
function within(name: string, work: () => void): void {
  const cwd = process.cwd();
  process.chdir(join(folder, name));
  try {
    work();
  } finally {
    process.chdir(cwd);
  }
}

interface Added {
  readonly findings: readonly Pick<AddFinding, "kind" | "path">[];
  readonly names: readonly string[];
  readonly world: IngestWorld;
}

/** Adds the folder; paths are told as they are below it. */
async function add(
  fs: FileSystem = createNodeFileSystem(),
  { into = "copy", source }: { readonly into?: AddInto; readonly source?: AddSource } = {},
): Promise<Added> {
  const world = await openWorld({ fs, rootDir: join(folder, "root") });
  const findings: Pick<AddFinding, "kind" | "path">[] = [];
  const onFinding = ({ kind, path }: AddFinding): void => {
    findings.push({ kind, path: path.slice(folder.length + 4).slice(0, 40) });
  };
  await addSources(world.context, [source ?? { path: join(folder, "in") }], { recursive: true, into, onFinding });
  return { findings, names: (await world.rows()).map(({ artifactId }) => artifactId), world };
}

/** The file system of the machine with some calls replaced. */
function changed(calls: (fs: FileSystem) => Partial<FileSystem>): FileSystem {
  const fs = createNodeFileSystem();
  const own = calls(fs);
  return new Proxy(fs, {
    get: (target, name) => {
      const found: unknown = Reflect.get(name in own ? own : target, name);
      return typeof found === "function" ? found.bind(name in own ? own : target) : found;
    },
  });
}

const posix = (code: string): Error => Object.assign(new Error(`${code}: made`), { code });

const CODES = ["ENAMETOOLONG", "EIO", "ESTALE", "EACCES", "ELOOP", "ENOTCONN", "EHOSTDOWN", "EUCLEAN", "ENODEV"];

describe("add of a folder in which something is bad", () => {
  it.each(CODES)("goes on when a folder below cannot be listed: %s", async (code) => {
    const fs = changed((healthy) => ({
      list: async function* (path) {
        if (path.endsWith("/bad")) throw posix(code);
        yield* healthy.list(path);
      },
    }));
    const { findings, names } = await add(fs);
    expect(findings).toEqual([{ kind: "unreadable", path: "bad" }]);
    expect(names).toEqual(["file:in/a.txt", "file:in/z.txt"]);
  });

  it("takes what was listed of a folder whose listing fails on the way", async () => {
    const fs = changed((healthy) => ({
      list: async function* (path) {
        yield* healthy.list(path);
        if (path.endsWith("/bad")) throw posix("EIO");
      },
    }));
    const { findings, names } = await add(fs);
    expect(findings).toEqual([{ kind: "unreadable", path: "bad" }]);
    expect(names).toHaveLength(4);
  });

  it.each(
    CODES.flatMap((code) => (["copy", "move", "hardlink", "none"] as const).map((into) => [code, into] as const)),
  )("goes on when a file cannot be looked at, opened or read: %s, %s", async (code, into) => {
    for (const failing of ["lstat", "open", "read"] as const) {
      const isBad = (path: string): boolean => path.endsWith("/leaf.txt");
      const fs = changed((healthy) => ({
        // Nothing comes in without being read.
        link: () => Promise.reject(posix("EXDEV")),
        clone: () => Promise.reject(posix("EXDEV")),
        lstat: (path) => (failing === "lstat" && isBad(path) ? Promise.reject(posix(code)) : healthy.lstat(path)),
        open: async (path, mode, createMode) => {
          if (failing === "open" && isBad(path)) throw posix(code);
          const handle = await healthy.open(path, mode, createMode);
          return failing === "read" && isBad(path) ? readingFails(handle, code) : handle;
        },
      }));
      // A file that is registered in place with its hash is not looked at by name.
      if (failing === "lstat" && into === "none") continue;
      const { findings, names, world } = await add(fs, { into });
      expect(findings, failing).toEqual([{ kind: "unreadable", path: "bad/deep/leaf.txt" }]);
      expect(names).toEqual(["file:in/a.txt", "file:in/bad/inner.txt", "file:in/z.txt"]);
      expect(Object.keys(await world.files()).filter((name) => name.startsWith(".staging"))).toEqual([]);
      rmSync(join(folder, "root"), { recursive: true, force: true });
      for (const name of ["a.txt", "bad/inner.txt", "z.txt"]) write(name, `bytes of ${name}`);
    }
  });

  it.each(["hardlink", "move"] as const)("goes on when what was linked in cannot be read: %s", async (into) => {
    const fs = changed((healthy) => ({
      clone: () => Promise.reject(posix("EXDEV")),
      link: async (existing, path) => {
        if (existing.endsWith("/leaf.txt")) bad.add(path);
        await healthy.link(existing, path);
      },
      open: async (path, mode, createMode) => {
        const handle = await healthy.open(path, mode, createMode);
        return bad.has(path) ? readingFails(handle, "EIO") : handle;
      },
    }));
    const bad = new Set<string>();
    const { findings, names } = await add(fs, { into });
    expect(findings).toEqual([{ kind: "unreadable", path: "bad/deep/leaf.txt" }]);
    expect(names).toHaveLength(3);
  });

  it.each(["EMFILE", "ENFILE", "ENOMEM"])("ends when the process has no more of what it needs: %s", async (code) => {
    const listing = changed((healthy) => ({
      list: (path) => {
        if (path.endsWith("/bad")) throw posix(code);
        return healthy.list(path);
      },
    }));
    await expect(add(listing)).rejects.toMatchObject({ details: { what: code } });
    const opening = changed((healthy) => ({
      link: () => Promise.reject(posix("EXDEV")),
      clone: () => Promise.reject(posix("EXDEV")),
      open: async (path, mode, createMode) => {
        if (path.endsWith("/leaf.txt")) throw posix(code);
        return healthy.open(path, mode, createMode);
      },
    }));
    await expect(add(opening)).rejects.toMatchObject({ details: { what: code } });
  });

  it("ends when the root is bad, and not the files", async () => {
    const fs = changed((healthy) => ({
      makeDirectory: async (path) => {
        if (path.endsWith("/.staging")) throw posix("EIO");
        await healthy.makeDirectory(path);
      },
    }));
    await expect(add(fs)).rejects.toMatchObject({ code: "BACKEND" });
  });

  it("goes on behind a folder that is deeper than a path can say", async () => {
    const name = "m".repeat(200);
    const levels = Array.from({ length: 25 }, () => name);
    within("in/bad", () => {
      for (const level of levels) {
        mkdirSync(level);
        process.chdir(level);
      }
      writeFileSync("bottom.txt", "out of reach");
    });
    const { findings, names } = await add();
    // Nobody can remove it by its path.
    within("in/bad", () => {
      for (const level of levels) process.chdir(level);
      rmSync("bottom.txt");
      for (const level of levels) {
        process.chdir("..");
        rmdirSync(level);
      }
    });
    expect(findings).toHaveLength(1);
    expect(findings[0]?.kind).toBe("unreadable");
    expect(names.at(-1)).toBe("file:in/z.txt");
  });
});

describe("add of files that say that they are empty and are not", () => {
  /** Files of a device in user space: they can be linked, and nobody knows how long they are before they are read. */
  function sizeless(): FileSystem {
    const found = new Set<string>();
    const shrink = (stat: FileStat): FileStat => (found.has(stat.identity) ? { ...stat, sizeBytes: 0 } : stat);
    return changed((healthy) => ({
      lstat: async (path) => {
        const stat = await healthy.lstat(path);
        if (stat !== undefined && path.endsWith("/leaf.txt")) found.add(stat.identity);
        return stat && shrink(stat);
      },
      open: async (path, mode, createMode) => {
        const handle = await healthy.open(path, mode, createMode);
        return changedHandle(handle, { stat: async () => shrink(await handle.stat()) });
      },
    }));
  }

  it.each(["copy", "hardlink", "none"] as const)("takes what they give: %s", async (into) => {
    const { findings, world } = await add(sizeless(), { into });
    expect(findings).toEqual([]);
    const [row] = await world.catalog.listByArtifact("file:in/bad/deep/leaf.txt");
    expect(row).toMatchObject({ bytes: "bytes of bad/deep/leaf.txt".length, sha256: expect.any(String) });
    const proc = { path: "/proc/cpuinfo", meta: { artifactId: `proc-${into}` } };
    expect((await add(undefined, { into, source: proc })).findings).toEqual([]);
  });

  it.each(["copy", "none"] as const)("takes what they give where nothing is hashed: %s", async (into) => {
    const world = await openWorld({ fs: createNodeFileSystem(), rootDir: join(folder, "root"), computeSha256: false });
    write("empty", "");
    await addSources(world.context, [{ path: "/proc/cpuinfo" }, { path: join(folder, "in/empty") }], { into });
    const [madeUp, empty] = await world.rows();
    expect(madeUp?.bytes).toBeGreaterThan(100);
    expect([empty?.bytes, empty?.sha256]).toEqual([0, null]);
  });
});

describe("add of names that are no UTF-8", () => {
  const bytes = (name: string): Buffer => Buffer.concat([Buffer.from(`${folder}/in/`), Buffer.from(name, "latin1")]);

  beforeEach(() => {
    writeFileSync(bytes("caf\xe9"), "the latin-1 one");
    write("caf\ufffd", "the other");
    mkdirSync(bytes("dir\xff"));
    writeFileSync(Buffer.concat([bytes("dir\xff"), Buffer.from("/only-here.txt")]), "one");
    write("dir\ufffd/other.txt", "two");
  });

  it.each(["copy", "none"] as const)("never takes the twin with U+FFFD for them: %s", async (into) => {
    const { findings, names, world } = await add(undefined, { into });
    expect(findings).toEqual([
      { kind: "unusable", path: "caf\ufffd" },
      { kind: "unusable", path: "dir\ufffd" },
    ]);
    const odd = names.filter((name) => name.includes("\ufffd"));
    expect(odd).toEqual(["file:in/caf\ufffd", "file:in/dir\ufffd/other.txt"]);
    const [row] = await world.catalog.listByArtifact("file:in/caf\ufffd");
    expect(row?.bytes).toBe("the other".length);
  });

  it("refuses a path that may have been meant for the other one", async () => {
    for (const name of ["caf\ufffd", "dir\ufffd/other.txt", "dir\ufffd"]) {
      const source = { path: join(folder, "in", name) };
      await expect(add(undefined, { source }), name).rejects.toMatchObject({ code: "REFUSED" });
    }
    rmSync(bytes("caf\xe9"));
    const source = { path: join(folder, "in/caf\ufffd") };
    expect((await add(undefined, { source })).names).toEqual(["file:caf\ufffd"]);
  });
});

function readingFails(handle: FileHandle, code: string): FileHandle {
  return changedHandle(handle, { read: () => Promise.reject(posix(code)) });
}

function changedHandle(handle: FileHandle, calls: Partial<FileHandle>): FileHandle {
  return {
    read: (target, position) => handle.read(target, position),
    write: (bytes) => handle.write(bytes),
    stat: () => handle.stat(),
    sync: () => handle.sync(),
    setAccess: (access) => handle.setAccess(access),
    close: () => handle.close(),
    ...calls,
  };
}
