import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type {
  AddFinding,
  AddOptions,
  AddProgress,
  AddSource,
  AddSummary,
} from "../../../src/catalog/add/add-options.ts";
import { addSources } from "../../../src/catalog/add/add-sources.ts";
import { CatalogError } from "../../../src/errors.ts";
import type { FileHandle, FileSystem, OpenMode } from "../../../src/ports/file-system.ts";
import { type IngestWorld, openWorld, streamOf, type WorldOptions } from "../ingest/_ingest-world.ts";

let fs: FileSystem;

/** Writes a file, and the folders above it. */
async function write(path: string, text: string): Promise<void> {
  const names = path.split("/").slice(1, -1);
  for (let depth = 1; depth <= names.length; depth++) {
    const folder = `/${names.slice(0, depth).join("/")}`;
    if ((await fs.stat(folder)) === undefined) await fs.makeDirectory(folder);
  }
  const handle = await fs.open(path, "create");
  if (text !== "") await handle.write(new TextEncoder().encode(text));
  await handle.close();
}

beforeEach(async () => {
  fs = createMemoryFileSystem();
  for (const [path, text] of [
    ["/in/b.txt", "beta"],
    ["/in/a.txt", "alpha"],
    ["/in/sub/c.txt", "alpha"],
  ] as const) {
    await write(path, text);
  }
});

async function add(
  sources: readonly AddSource[],
  options: AddOptions = {},
  parts: WorldOptions & { readonly world?: IngestWorld } = {},
): Promise<{ summary: AddSummary; findings: AddFinding[]; world: IngestWorld }> {
  const world = parts.world ?? (await openWorld({ fs, layout: "cas", ...parts }));
  const findings: AddFinding[] = [];
  const onFinding = (finding: AddFinding): void => void findings.push(finding);
  return { summary: await addSources(world.context, sources, { onFinding, ...options }), findings, world };
}

/** The file system with one operation replaced. */
function withCall(name: keyof FileSystem, call: (...words: never[]) => unknown): FileSystem {
  return new Proxy(fs, {
    get: (target, key) => {
      const found: unknown = key === name ? call : Reflect.get(target, key);
      return typeof found === "function" ? (...words: unknown[]) => Reflect.apply(found, target, words) : found;
    },
  });
}

/** The file system with one operation that fails for some paths. */
function failing(name: "open" | "list" | "clone" | "makeDirectory", code: string, pattern: RegExp): FileSystem {
  const intact = fs;
  return withCall(name, (...words: [string]) => {
    if (pattern.test(words[0])) throw Object.assign(new Error(`${code}: made`), { code });
    return Reflect.apply(intact[name], intact, words);
  });
}

describe("addSources", () => {
  it("adds a folder in order, and again to no effect", async () => {
    const { summary, findings, world } = await add([{ path: "/in" }], { recursive: true, runId: "r" });
    expect(summary).toMatchObject({ files: 3, bytes: 14, stored: 2, storedBytes: 9, deduplicated: 1, documents: 3 });
    expect(findings).toEqual([]);
    expect((await world.rows()).map(({ id, artifactId, runId }) => [id, artifactId, runId])).toEqual([
      [1, "file:in/a.txt", "r"],
      [2, "file:in/b.txt", "r"],
      [3, "file:in/sub/c.txt", "r"],
    ]);
    const again = await add([{ path: "/in", meta: { resolver: "local" } }], { recursive: true, jobs: 1 }, { world });
    expect(again.summary).toMatchObject({ files: 3, found: 3, stored: 0, documents: 0 });
  });

  it("tells how far it is, with totals where they are known", async () => {
    const told: AddProgress[] = [];
    const onProgress = (progress: AddProgress): void => void told.push(progress);
    await add([{ path: "/in/a.txt" }, { path: "/in/b.txt" }], { onProgress });
    expect(told.at(-1)).toEqual({ files: 2, bytes: 9, removedBefore: 0, filesTotal: 2, bytesTotal: 9 });
    await add([{ path: "/in" }], { recursive: true, onProgress });
    expect(told.at(-1)).toEqual({ files: 3, bytes: 14, removedBefore: 0 });
  });

  it("reports a file that is written to, or gone, when it is to be registered in place", async () => {
    const growing = withCall("open", async (path: string, mode: OpenMode): Promise<FileHandle> => {
      const handle = await fs.open(path, mode);
      const late = path === "/in/a.txt" ? await fs.open(path, "append") : undefined;
      return {
        read: async (target, position) => {
          await late?.write(new Uint8Array(1));
          return handle.read(target, position);
        },
        write: (bytes) => handle.write(bytes),
        stat: () => handle.stat(),
        sync: () => handle.sync(),
        setAccess: (access) => handle.setAccess(access),
        close: () => handle.close(),
      };
    });
    const one = await add([{ path: "/in/a.txt" }], { into: "none" }, { fs: growing });
    expect([one.findings.map(({ kind }) => kind), await one.world.rows()]).toEqual([["unstable"], []]);

    let looks = 0;
    // The first look is that of the walk.
    const vanishing = withCall("lstat", async (path: string) => {
      if (path === "/in/b.txt" && looks++ === 1) await fs.unlink(path);
      return fs.lstat(path);
    });
    const two = await add([{ path: "/in/b.txt" }], { into: "none" }, { fs: vanishing, computeSha256: false });
    expect([two.findings.map(({ kind }) => kind), await two.world.rows()]).toEqual([["gone"], []]);
  });

  it("registers in place, with the hash or without", async () => {
    const one = await add([{ path: "/in/a.txt" }], { into: "none" });
    expect(one.summary).toMatchObject({ registered: 1, stored: 0, documents: 1 });
    expect(await one.world.rows()).toEqual([expect.objectContaining({ storageUri: "file:///in/a.txt", bytes: 5 })]);
    expect(await one.world.files()).toEqual({});
    const other = await add([{ path: "/in/a.txt" }], { into: "none" }, { computeSha256: false });
    expect(await other.world.rows()).toEqual([expect.objectContaining({ sha256: null, bytes: 5 })]);
    await expect(add([{ path: "/in/a.txt" }], { into: "none" }, { sql: "none" })).rejects.toMatchObject({
      code: "UNSUPPORTED",
    });
  });

  it("places without a catalog", async () => {
    const { summary, world } = await add([{ path: "/in" }], { recursive: true }, { sql: "none" });
    expect(summary).toMatchObject({ stored: 2, deduplicated: 1, documents: 0 });
    expect(Object.keys(await world.files())).toHaveLength(2);
  });

  it("reports what cannot be read, and goes on", async () => {
    fs = failing("open", "EACCES", /^\/in\/a/);
    const broken = await add([{ path: "/in" }], { recursive: true });
    expect(broken.summary).toMatchObject({ files: 3, failed: 1, documents: 2 });
    expect(broken.findings).toEqual([expect.objectContaining({ kind: "unreadable", path: "/in/a.txt" })]);
  });

  it("reports folders that cannot be listed or are gone", async () => {
    const healthy = fs;
    fs = failing("list", "EACCES", /sub$/);
    const denied = await add([{ path: "/in" }], { recursive: true });
    expect(denied.findings).toEqual([expect.objectContaining({ kind: "unreadable", path: "/in/sub" })]);
    fs = healthy;
    fs = failing("list", "ENOENT", /in$/);
    const gone = await add([{ path: "/in" }], { recursive: true });
    expect(gone.findings).toEqual([expect.objectContaining({ kind: "gone", path: "/in" })]);
  });

  it("stops when the root takes no more, and keeps what has its row", async () => {
    const world = await openWorld({ fs: failing("open", "ENOSPC", /\.staging/), layout: "cas" });
    await expect(add([{ path: "/in" }], { recursive: true }, { world })).rejects.toMatchObject({ code: "NO_SPACE" });
    expect(await world.rows()).toEqual([]);
  });

  it("takes names as they are, and reports those that are too long", async () => {
    const deep = `/in/${Array.from({ length: 60 }, (_, index) => `${index}`.padEnd(80, "x")).join("/")}`;
    await write(`${deep}/z.txt`, "deep");
    const { findings } = await add([{ path: "/in" }], { recursive: true });
    expect(findings).toEqual([
      expect.objectContaining({ kind: "unusable", message: expect.stringContaining("limit") }),
    ]);
  });

  it("is interrupted between files", async () => {
    const abort = new AbortController();
    const world = await openWorld({ fs, layout: "cas" });
    const onProgress = (): void => {};
    const elsewhere: AddSource = {
      name: "x",
      meta: { artifactId: "x", sourceUrl: "u:x", resolver: "r" },
      open: async () => {
        abort.abort();
        return streamOf("x");
      },
    };
    const run = addSources(world.context, [elsewhere, { path: "/in/a.txt" }], {
      signal: abort.signal,
      jobs: 1,
      onProgress,
    });
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
    expect(await world.rows()).toEqual([]);
  });
});

describe("addSources of bytes from elsewhere", () => {
  const meta = { artifactId: "secret-id", sourceUrl: "u:x", resolver: "r" };

  it.each([
    [new TypeError("no"), "unavailable", "TypeError"],
    [Object.assign(new TypeError("no"), { code: "ECONNREFUSED" }), "unavailable", "ECONNREFUSED"],
    [
      Object.assign(new Error('Requires net access to "h:80", run again with the --allow-net flag'), {
        name: "NotCapable",
      }),
      "refused",
      "start Deno with --allow-net",
    ],
    [Object.assign(new Error("no"), { name: "NotCapable" }), "refused", "start Deno with --allow-net"],
    [
      new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "ECONNRESET" }) }),
      "unavailable",
      "ECONNRESET",
    ],
    [new TypeError("fetch failed", { cause: "odd" }), "unavailable", "TypeError"],
    ["odd", "unavailable", "cannot be opened"],
    [new CatalogError("REFUSED", "secret-id", { details: { guard: "x" } }), "refused", "it failed (REFUSED)"],
  ])("reports %s without its id", async (error, kind, part) => {
    const open = (): Promise<never> => Promise.reject(error);
    const { findings } = await add([{ name: "there", meta, open }]);
    expect(findings).toEqual([expect.objectContaining({ kind, path: "there" })]);
    expect(findings[0]?.message).toContain(part);
    expect(findings[0]?.message).not.toContain("secret-id");
  });

  it("reports what is said about it when that cannot be used", async () => {
    const wrong = { ...meta, resolver: "" };
    const { findings } = await add([{ name: "there", meta: wrong, open: async () => streamOf("x") }]);
    expect(findings).toEqual([
      expect.objectContaining({ kind: "unusable", message: expect.stringContaining("cannot be used (") }),
    ]);
  });

  it("throws what is trouble of the whole", async () => {
    const error = new CatalogError("NO_SPACE", "full", { details: { path: "/" } });
    await expect(add([{ name: "there", meta, open: () => Promise.reject(error) }])).rejects.toBe(error);
  });
});

describe("addSources that cannot begin", () => {
  it.each([
    [[{ path: "in" }], {}, "absolute"],
    [[{ path: "/in" }], {}, "set recursive"],
    [[{ path: "/in", meta: { artifactId: "x" } }], { recursive: true }, "one file"],
    [[{ path: "/in/a.txt" }], { jobs: 0 }, "jobs 0"],
    [[{ path: "/in/a.txt" }], { into: "elsewhere" as "copy" }, "into"],
    [[{ path: "/in/nope" }], {}, "no such file"],
  ] as const)("refuses %j with %j", async (sources, options, message) => {
    await expect(add(sources, options)).rejects.toThrow(message);
  });

  it("refuses what lies in the root, but for registering it there", async () => {
    const { world } = await add([{ path: "/in/a.txt" }]);
    await write("/root/loose.txt", "loose");
    await expect(add([{ path: "/root/loose.txt" }], {}, { world })).rejects.toMatchObject({ code: "REFUSED" });
    expect((await add([{ path: "/root/loose.txt" }], { into: "none" }, { world })).summary.registered).toBe(1);
  });
});
