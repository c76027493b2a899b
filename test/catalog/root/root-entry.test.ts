import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openCatalog } from "../../../src/hosts/memory.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { registrationOf } from "../_open-for-test.ts";

/*
 * What a root knows about the catalogs that use it, whatever way their rows came.
 */

let fs: FileSystem;
let warnings: string[];

beforeEach(() => {
  fs = createMemoryFileSystem();
  warnings = [];
});

const logger = {
  log: (level: string, message: string): void => {
    if (level === "warn") warnings.push(message);
  },
};

async function open(path = "/state/catalog.sqlite", rootDir = "/data"): Promise<Catalog> {
  return openCatalog({ fs, catalog: { path }, storage: { rootDir }, logger });
}

/** Opens a catalog, works with it and closes it. */
async function within<Result>(path: string, work: (catalog: Catalog) => Promise<Result>): Promise<Result> {
  const catalog = await open(path);
  try {
    return await work(catalog);
  } finally {
    await catalog.close();
  }
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await fs.unlink(path).catch(() => undefined);
  const handle = await fs.open(path, "create");
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  if (bytes.byteLength > 0) await handle.write(bytes);
  await handle.close();
}

async function copy(from: string, to: string): Promise<void> {
  await write(to, await fs.readFile(from));
}

type MarkerJson = Record<string, unknown> & { readonly id: string; readonly sequence: number };

async function markers(root = "/data"): Promise<readonly MarkerJson[]> {
  const catalog = await openCatalog({ storage: { rootDir: root }, fs, catalog: { path: "/looker.sqlite" } });
  const { catalogs } = await catalog.describeRoot();
  await catalog.close();
  const found: MarkerJson[] = [];
  for (const { id } of catalogs) {
    const text = new TextDecoder().decode(await fs.readFile(`${root}/.content-catalog/${id}`));
    found.push(JSON.parse(text));
  }
  return found;
}

async function marker(): Promise<MarkerJson> {
  const [first, ...more] = await markers();
  expect(more).toEqual([]);
  expect(first).toBeDefined();
  return first as MarkerJson;
}

let number = 0;
const ingest = (catalog: Catalog): Promise<unknown> => {
  number += 1;
  return catalog.ingest(new TextEncoder().encode(`bytes ${number}`), {
    artifactId: `a${number}`,
    sourceUrl: `https://example.org/${number}`,
    resolver: "r",
  });
};
const register = (catalog: Catalog, storageUri: string): Promise<unknown> => {
  number += 1;
  return catalog.registerOrGet(registrationOf(number, { storageUri }));
};

describe("a catalog enters its root", () => {
  it.each([
    ["when bytes are placed", ingest],
    ["when a URI in it is registered", (catalog: Catalog) => register(catalog, "file:///data/x.pdf")],
    [
      "when a variant in it is registered",
      async (catalog: Catalog) => {
        await register(catalog, "file:///elsewhere/x.pdf");
        await catalog.addVariant(1, { variant: "html", storageUri: "file:///data/x.html", bytes: 1 });
      },
    ],
    [
      "when a file is added where it lies",
      async (catalog: Catalog) => {
        await fs.makeDirectory("/data");
        await write("/data/mine.txt", "mine");
        expect(await catalog.add([{ path: "/data/mine.txt" }], { into: "none" })).toMatchObject({ registered: 1 });
      },
    ],
    [
      "when a manifest names a file in it",
      async (catalog: Catalog) => {
        await fs.makeDirectory("/data");
        await write("/data/a.txt", "mine");
        const line = { artifact_id: "a", source_url: "https://example.org/a", path: "a.txt" };
        await write("/data/manifest.jsonl", `${JSON.stringify(line)}\n`);
        expect(await catalog.importManifest({ path: "/data/manifest.jsonl" })).toMatchObject({ documents: 1 });
      },
    ],
    [
      "when rows are relocated into it",
      async (catalog: Catalog) => {
        await register(catalog, "file:///old/x.pdf");
        await catalog.relocate({ from: "/old", to: "/data" }, { allowMissing: true });
      },
    ],
  ])("%s, before the row", async (_when, work) => {
    await within("/state/catalog.sqlite", work);
    const { id, ...rest } = await marker();
    expect(rest).toMatchObject({ path: "/state/catalog.sqlite", root: "/data", schema_version: 5 });
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const schema = JSON.parse(
      readFileSync(new URL("../../../schema/root-marker.schema.json", import.meta.url), "utf8"),
    );
    expect(new Ajv2020().compile(schema)({ id, ...rest })).toBe(true);
  });

  it("not for rows that name nothing in it", async () => {
    await within("/state/catalog.sqlite", (catalog) => register(catalog, "file:///elsewhere/x.pdf"));
    expect(await markers()).toEqual([]);
  });

  it("beside others", async () => {
    for (const path of ["/a.sqlite", "/b.sqlite"]) await within(path, ingest);
    expect((await markers()).map(({ path }) => path).sort()).toEqual(["/a.sqlite", "/b.sqlite"]);
  });

  it("also if it came from a version that did not, whose rows name something in it", async () => {
    await within("/state/catalog.sqlite", (catalog) => register(catalog, "file:///data/%66.pdf"));
    await within("/other.sqlite", (catalog) => register(catalog, "file:///elsewhere/f.pdf"));
    for (const { id } of await markers()) await fs.unlink(`/data/.content-catalog/${id}`);
    await write("/data/f.pdf", "bytes");
    for (const path of ["/state/catalog.sqlite", "/other.sqlite"]) await within(path, async () => {});
    expect(await marker()).toMatchObject({ path: "/state/catalog.sqlite" });
  });

  it("not by being opened while nothing is in it, as where its device is not there", async () => {
    await within("/state/catalog.sqlite", (catalog) => register(catalog, "file:///data/f.pdf"));
    const { id } = await marker();
    await fs.unlink(`/data/.content-catalog/${id}`);
    await within("/state/catalog.sqlite", async () => {});
    expect(await markers()).toEqual([]);
    await fs.rename("/data", "/moved");
    await within("/state/catalog.sqlite", async () => {});
    expect(await fs.stat("/data")).toBeUndefined();
    await write("/data", "a file");
    await within("/state/catalog.sqlite", async () => {});
    await fs.unlink("/data");
  });

  it.each([ingest, (catalog: Catalog) => register(catalog, "file:///data/x.pdf")])(
    "again where the root was moved away while it was open",
    async (work) => {
      await within("/state/catalog.sqlite", async (catalog) => {
        await ingest(catalog);
        const before = await marker();
        await fs.rename("/data", "/moved");
        expect(await markers()).toEqual([]);
        await work(catalog);
        expect(await marker()).toMatchObject({ id: before.id, root: "/data" });
        await work(catalog);
      });
    },
  );

  it("after it has looked through many rows once", async () => {
    const rows = Array.from({ length: 600 }, (_, n) => registrationOf(n, { storageUri: `file:///old/${n}.pdf` }));
    await within("/state/catalog.sqlite", (catalog) => catalog.registerMany(rows));
    await within("/state/catalog.sqlite", async () => {});
    const catalog = await open();
    const { catalogBytes } = await catalog.stats();
    await catalog.close();
    await within("/state/catalog.sqlite", async () => {});
    expect(await within("/state/catalog.sqlite", async (each) => (await each.stats()).catalogBytes)).toBe(catalogBytes);
    expect(await markers()).toEqual([]);
    await write("/data-of-others", "");
    await within("/state/catalog.sqlite", (each) =>
      each.relocate({ from: "/old", to: "/data" }, { allowMissing: true }),
    );
    const { id } = await marker();
    await fs.unlink(`/data/.content-catalog/${id}`);
    await within("/state/catalog.sqlite", async () => {});
    expect(await markers()).toEqual([]);
    await within("/state/catalog.sqlite", (each) => each.enterRoot());
    expect(await marker()).toMatchObject({ id });
  });

  it("or the row is kept, with a warning, where the root cannot be written to", async () => {
    await write("/data", "a file");
    await within("/state/catalog.sqlite", (catalog) => register(catalog, "file:///data/x.pdf")).catch(() => undefined);
    await fs.unlink("/data");
    const denied = new Proxy(fs, {
      get: (target, name) => {
        if (name === "makeDirectory") {
          return (path: string) =>
            path === "/data"
              ? Promise.reject(Object.assign(new Error("made"), { code: "EROFS" }))
              : fs.makeDirectory(path);
        }
        const own: unknown = Reflect.get(target, name);
        return typeof own === "function" ? own.bind(target) : own;
      },
    });
    const catalog = await openCatalog({
      fs: denied,
      catalog: { path: "/state/c.sqlite" },
      storage: { rootDir: "/data" },
      logger,
    });
    await register(catalog, "file:///data/x.pdf");
    await register(catalog, "file:///data/y.pdf");
    expect(await catalog.stats()).toMatchObject({ documents: 2 });
    await expect(ingest(catalog)).rejects.toMatchObject({ code: "READ_ONLY" });
    await catalog.close();
    expect(warnings.filter((text) => text.includes("cannot be told"))).toHaveLength(1);
  });
});

describe("the sequence of a marker", () => {
  it("rises when the catalog is closed, at a checkpoint, and at the first placement of an opening", async () => {
    const seen: number[] = [];
    await within("/state/catalog.sqlite", async (catalog) => {
      await ingest(catalog);
      for (let n = 0; n < 5; n++) await register(catalog, "file:///data/x.pdf");
      seen.push((await marker()).sequence);
      await catalog.checkpoint();
      seen.push((await marker()).sequence);
      await register(catalog, "file:///elsewhere/x.pdf");
    });
    seen.push((await marker()).sequence);
    await within("/state/catalog.sqlite", (catalog) => catalog.remove([1]));
    seen.push((await marker()).sequence);
    await within("/state/catalog.sqlite", async () => {});
    expect((await marker()).sequence).toBe(seen.at(-1));
    expect(seen).toEqual([...new Set(seen)].sort((one, other) => one - other));
  });

  it("is not raised by who only reads, or writes nothing", async () => {
    await within("/state/catalog.sqlite", ingest);
    const before = await marker();
    const catalog = await openCatalog({
      fs,
      mode: "read",
      catalog: { path: "/state/catalog.sqlite" },
      storage: { rootDir: "/data" },
    });
    await catalog.stats();
    await catalog.close();
    expect(await marker()).toEqual(before);
  });

  it("tells a catalog from a backup, until it is adopted", async () => {
    await within("/state/catalog.sqlite", ingest);
    await copy("/state/catalog.sqlite", "/backup.sqlite");
    await within("/state/catalog.sqlite", ingest);
    await within("/state/catalog.sqlite", ingest);
    const before = await marker();
    await copy("/backup.sqlite", "/state/catalog.sqlite");
    await within("/state/catalog.sqlite", ingest);
    expect(warnings.filter((text) => text.includes("older than its root"))).toHaveLength(1);
    expect((await marker()).sequence).toBeGreaterThanOrEqual(before.sequence);
    for (let n = 0; n < 5; n++) await within("/state/catalog.sqlite", ingest);
    const isOlder = async (): Promise<boolean> =>
      within("/state/catalog.sqlite", async (catalog) => (await catalog.describeRoot()).isOlder);
    expect(await isOlder()).toBe(true);
    await within("/state/catalog.sqlite", (catalog) => catalog.adoptRoot());
    expect(await isOlder()).toBe(false);
  });

  it("takes none for older into which others write while it is opened", async () => {
    await within("/state/catalog.sqlite", ingest);
    const other = await open();
    let isFirst = true;
    // The marker is looked for by who has opened the catalog, and knows by then how many commits it has.
    const lstat: FileSystem["lstat"] = async (path) => {
      if (isFirst && path.includes("/.content-catalog/")) {
        isFirst = false;
        await ingest(other);
        await other.close();
      }
      return fs.lstat(path);
    };
    const slow = new Proxy(fs, {
      get: (target, name) => {
        if (name === "lstat") return lstat;
        const own: unknown = Reflect.get(target, name);
        return typeof own === "function" ? own.bind(target) : own;
      },
    });
    const settings = { catalog: { path: "/state/catalog.sqlite" }, storage: { rootDir: "/data" }, logger };
    const late = await openCatalog({ ...settings, fs: slow });
    expect(isFirst).toBe(false);
    expect(warnings).toEqual([]);
    expect(await late.describeRoot()).toMatchObject({ isOlder: false });
    await late.close();
  });

  it("takes one that is far older for what it is now, once it is adopted", async () => {
    await within("/state/catalog.sqlite", ingest);
    await copy("/state/catalog.sqlite", "/backup.sqlite");
    for (let n = 0; n < 5; n++) await within("/state/catalog.sqlite", ingest);
    const before = await marker();
    await copy("/backup.sqlite", "/state/catalog.sqlite");
    await within("/state/catalog.sqlite", (catalog) => catalog.adoptRoot());
    expect((await marker()).sequence).toBeLessThan(Number(before.sequence));
    for (let n = 0; n < 2; n++) {
      const { isOlder } = await within("/state/catalog.sqlite", (catalog) => catalog.describeRoot());
      expect(isOlder).toBe(false);
      await within("/state/catalog.sqlite", ingest);
    }
  });
});

describe("a copy of a catalog", () => {
  beforeEach(async () => {
    await within("/state/catalog.sqlite", ingest);
    await copy("/state/catalog.sqlite", "/copy.sqlite");
  });

  it("is refused in the root until it has an id of its own", async () => {
    const refused = { code: "REFUSED", message: expect.stringContaining('"/state/catalog.sqlite" has the same id') };
    await expect(within("/copy.sqlite", ingest)).rejects.toMatchObject(refused);
    await expect(within("/copy.sqlite", (each) => register(each, "file:///data/x.pdf"))).rejects.toMatchObject(refused);
    await within("/copy.sqlite", (catalog) => register(catalog, "file:///elsewhere/x.pdf"));
    await within("/state/catalog.sqlite", ingest);
    const id = await within("/copy.sqlite", (catalog) => catalog.renewCatalogId());
    await within("/copy.sqlite", ingest);
    const found = await markers();
    expect(found.find((each) => each.id === id)).toMatchObject({ path: "/copy.sqlite" });
    expect(found).toHaveLength(2);
  });

  it("is none if the original is gone: then it was moved", async () => {
    await fs.rename("/state/catalog.sqlite", "/moved.sqlite");
    await within("/moved.sqlite", ingest);
    expect(await marker()).toMatchObject({ path: "/moved.sqlite" });
  });

  it("is none if another catalog is there by now", async () => {
    await fs.rename("/state/catalog.sqlite", "/moved.sqlite");
    await within("/state/catalog.sqlite", async () => {});
    await within("/moved.sqlite", ingest);
    expect(await marker()).toMatchObject({ path: "/moved.sqlite" });
  });

  it("may be one if nobody can tell", async () => {
    await write("/state/catalog.sqlite", "no database");
    const message = expect.stringMatching(/may have the same id, [0-9a-f]{32}: .*catalog\.sqlite/);
    await expect(within("/copy.sqlite", ingest)).rejects.toMatchObject({ code: "REFUSED", message });
  });
});

describe("a marker", () => {
  const OWN = "/data/.content-catalog";

  async function replaceMarker(content: string | Uint8Array): Promise<MarkerJson> {
    await within("/state/catalog.sqlite", ingest);
    const found = await marker();
    await write(`${OWN}/${found.id}`, content);
    return found;
  }

  it.each([
    ["that is torn", '{"id": "', true],
    ["that is empty, as one who died left it", "", false],
    ["that says nothing", "null", true],
    ["that is too long", " ".repeat(70_000), true],
    ["of another catalog", JSON.stringify({ id: "0".repeat(32), sequence: 9, path: "/x" }), true],
  ])("%s is written anew", async (_what, content, warned) => {
    const before = await replaceMarker(content);
    await within("/state/catalog.sqlite", ingest);
    expect(await marker()).toMatchObject({ id: before.id, path: "/state/catalog.sqlite", root: "/data" });
    expect(warnings.some((text) => text.includes("damaged"))).toBe(warned);
  });

  it("of version 1, and one of a version to come, are understood", async () => {
    const before = await replaceMarker("");
    for (const more of [{}, { schema_version: 99, more: [1] }]) {
      const { id, path } = before;
      await write(`${OWN}/${id}`, JSON.stringify({ id, sequence: before.sequence + 50, path, ...more }));
      await within("/state/catalog.sqlite", ingest);
      expect((await marker()).sequence).toBe(before.sequence + 50);
      expect(warnings.filter((text) => text.includes("older"))).toHaveLength(1);
    }
  });

  it("that is a folder is refused", async () => {
    const { id } = await replaceMarker("");
    await fs.unlink(`${OWN}/${id}`);
    await fs.makeDirectory(`${OWN}/${id}`);
    await expect(within("/state/catalog.sqlite", ingest)).rejects.toMatchObject({ code: "REFUSED" });
    expect(await within("/other.sqlite", (catalog) => catalog.describeRoot())).toMatchObject({
      catalogs: [{ id, isDamaged: true, path: null }],
    });
  });
});

describe("forgetting a catalog", () => {
  it("is for one that is gone for good", async () => {
    await within("/a.sqlite", ingest);
    await within("/b.sqlite", ingest);
    const [a, b] = ["/a.sqlite", "/b.sqlite"].map(
      (path) => async () => (await markers()).find((each) => each["path"] === path)?.id ?? "",
    );
    const [idA, idB] = [(await a?.()) ?? "", (await b?.()) ?? ""];
    const forget = (id: string): Promise<void> => within("/a.sqlite", (catalog) => catalog.forgetCatalog(id));
    await expect(forget(idA)).rejects.toMatchObject({ code: "REFUSED", message: expect.stringContaining("this one") });
    await expect(forget(idB)).rejects.toMatchObject({ code: "REFUSED", message: expect.stringContaining("/b.sqlite") });
    for (const id of ["0".repeat(32), "..", "a/b"])
      await expect(forget(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await copy("/b.sqlite", "/kept.sqlite");
    await write("/b.sqlite", "no database");
    await expect(forget(idB)).rejects.toMatchObject({ code: "REFUSED", message: expect.stringContaining("may be at") });
    await fs.unlink("/b.sqlite");
    await forget(idB);
    expect((await markers()).map(({ path }) => path)).toEqual(["/a.sqlite"]);
    // It was not gone: it enters again.
    await within("/kept.sqlite", ingest);
    expect(await markers()).toHaveLength(2);
  });
});
