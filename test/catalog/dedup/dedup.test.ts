import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { digestOf, openForTest, registrationOf } from "../_open-for-test.ts";

let catalog: Catalog;
beforeEach(async () => {
  catalog = await openForTest();
});
afterEach(() => catalog.close());

describe("findDuplicates", () => {
  it("groups by bytes, what wastes most first", async () => {
    const same = (sha256: string, bytes: number, storageUri?: string) => ({
      sha256,
      bytes,
      ...(storageUri && { storageUri }),
    });
    await catalog.registerMany([
      registrationOf(1, same(digestOf("a"), 10)),
      registrationOf(2, same(digestOf("a"), 10)),
      registrationOf(3, same(digestOf("b"), 1000, "file:///shared")),
      registrationOf(4, same(digestOf("b"), 1000, "file:///shared")),
      registrationOf(5, same(digestOf("c"), 500)),
      registrationOf(6, { sha256: null }),
      registrationOf(7, { sha256: null }),
      registrationOf(8, same(digestOf("a"), 10)),
    ]);
    const groups = await catalog.findDuplicates();
    expect(
      groups.map(({ sha256, bytes, blobs, reclaimableBytes }) => [sha256[0], bytes, blobs, reclaimableBytes]),
    ).toEqual([
      ["a", 10, 3, 20],
      ["b", 1000, 1, 0],
    ]);
    expect(groups[0]?.records.map(({ id }) => id)).toEqual([1, 2, 8]);
    expect(await catalog.findDuplicates({ minBytes: 11 })).toHaveLength(1);
    expect(await catalog.findDuplicates({ limit: 1 })).toHaveLength(1);
  });

  /** Registers files of 5 bytes with one content. */
  async function register(files: readonly string[], change: { bytes?: number; sha256?: string } = {}): Promise<void> {
    const before = (await catalog.stats()).documents;
    await catalog.registerMany(
      files.map((name, index) =>
        registrationOf(before + index, {
          ...{ bytes: 5, sha256: digestOf("a"), storageUri: name.includes(":") ? name : `file:///docs/${name}` },
          ...change,
        }),
      ),
    );
  }

  async function open(write: (fs: FileSystem) => Promise<void>): Promise<void> {
    const fs = createMemoryFileSystem();
    await catalog.close();
    catalog = await openForTest({ fs });
    await fs.makeDirectory("/docs");
    await write(fs);
  }

  const put = async (fs: FileSystem, name: string, text = "hello"): Promise<void> => {
    const handle = await fs.open(`/docs/${name}`, "create");
    await handle.write(new TextEncoder().encode(text));
    await handle.close();
  };

  it("counts a file once, whatever names it has", async () => {
    await open(async (fs) => {
      await put(fs, "a");
      await fs.link("/docs/a", "/docs/b");
      await put(fs, "c");
    });
    await register(["a", "b", "./b", "c"]);
    expect(await catalog.findDuplicates()).toMatchObject([
      { blobs: 3, files: 2, missing: 0, reclaimableBytes: 5, mayShareBlocks: true },
    ]);
  });

  it("counts nothing for what is not there with its size, and takes the record where nothing can be seen", async () => {
    await open(async (fs) => {
      await put(fs, "a");
      await put(fs, "b", "other");
      await put(fs, "shorter", "hi");
      await fs.makeDirectory("/docs/folder");
    });
    await register(["a", "b", "shorter", "folder", "gone", "file://elsewhere/a", "file:///%"]);
    await register(["https://example.org/1", "s3://papers/2", "s3://papers/2"], { sha256: digestOf("b") });
    await register(["/x/1", "/x/2", "/x/3"], { sha256: digestOf("c") });
    expect(await catalog.findDuplicates()).toMatchObject([
      { blobs: 3, files: null, missing: 3, reclaimableBytes: 10 },
      { blobs: 7, files: 2, missing: 5, reclaimableBytes: 5 },
      { blobs: 2, files: 2, missing: 0, reclaimableBytes: 5 },
    ]);
  });

  it("says where files may share blocks", async () => {
    await open(async (fs) => {
      for (const name of ["a", "b"]) await put(fs, name);
      await fs.link("/docs/a", "/docs/c");
    });
    await register(["a", "b"]);
    await register(["a", "c"], { sha256: digestOf("b") });
    await register(["s3://papers/1", "s3://papers/2"], { sha256: digestOf("c"), bytes: 4 });
    const groups = await catalog.findDuplicates();
    expect(groups.map(({ mayShareBlocks }) => mayShareBlocks)).toEqual([true, false, false]);
  });

  it("sorts and cuts by what would really be freed", async () => {
    await open(async (fs) => {
      await put(fs, "linked");
      for (let n = 0; n < 9; n++) await fs.link("/docs/linked", `/docs/linked-${n}`);
      for (const name of ["a", "b", "c"]) await put(fs, name);
    });
    await register(["linked", ...Array.from({ length: 9 }, (_, n) => `linked-${n}`)]);
    await register(["a", "b", "c"], { sha256: digestOf("b") });
    const [first, second] = await catalog.findDuplicates();
    expect([first?.sha256, first?.reclaimableBytes]).toEqual([digestOf("b"), 10]);
    expect([second?.sha256, second?.reclaimableBytes]).toEqual([digestOf("a"), 0]);
    expect(await catalog.findDuplicates({ limit: 1 })).toEqual([first]);
    expect(await catalog.findDuplicates({ limit: 0 })).toEqual([]);
  });

  it("says what all of them come to, by resolver and type, whatever the limit is", async () => {
    await open(async (fs) => {
      for (const name of ["a", "b", "c"]) await put(fs, name);
      await fs.link("/docs/a", "/docs/d");
    });
    const about = (name: string, sha: string, change: object): ReturnType<typeof registrationOf> =>
      registrationOf(name.charCodeAt(0), {
        ...{ bytes: 5, sha256: digestOf(sha), storageUri: `file:///docs/${name}`, resolver: "one" },
        ...change,
      });
    await catalog.registerMany([
      about("a", "a", { contentType: "text/html" }),
      about("b", "a", { resolver: "two", contentType: null }),
      about("c", "a", { contentType: "text/plain" }),
      about("d", "a", { contentType: null }),
      about("x", "b", { contentType: "text/html" }),
      about("y", "b", { contentType: null }),
      about("z", "c", {}),
      about("p", "d", { bytes: 3 }),
      about("q", "d", { bytes: 4 }),
    ]);
    const report = await catalog.reportDuplicates({ limit: 1, minBytes: 4 });
    expect(report.groups.map(({ sha256, documents }) => [sha256, documents])).toEqual([[digestOf("a"), 4]]);
    expect(report.total).toEqual({
      groups: 2,
      documents: 6,
      reclaimableBytes: 15,
      dedupBytes: 0,
      mayShareBlocks: true,
    });
    expect(report.byResolver).toEqual([
      { name: "one", documents: 5, reclaimableBytes: 10 },
      { name: "two", documents: 1, reclaimableBytes: 5 },
    ]);
    expect(report.byContentType).toEqual([
      { name: null, documents: 3, reclaimableBytes: 10 },
      { name: "text/plain", documents: 1, reclaimableBytes: 5 },
      { name: "text/html", documents: 2, reclaimableBytes: 0 },
    ]);
  });

  it("sorts by name what comes to the same", async () => {
    const rows = ["a", "b"].flatMap((sha, group) =>
      ["two", "one", "none"].map((resolver, index) =>
        registrationOf(3 * group + index, {
          resolver: group === 0 ? resolver : "one",
          sha256: digestOf(sha),
          bytes: 0,
        }),
      ),
    );
    await catalog.registerMany(rows.toReversed());
    const report = await catalog.reportDuplicates();
    expect(report.groups.map(({ sha256 }) => sha256)).toEqual([digestOf("a"), digestOf("b")]);
    expect(report.byResolver.map(({ name, documents }) => [name, documents])).toEqual([
      ["one", 4],
      ["none", 1],
      ["two", 1],
    ]);
  });

  it("keeps the first of many records and groups, and counts all", async () => {
    await catalog.registerMany(
      Array.from({ length: 1001 }, (_, index) => registrationOf(index, { sha256: digestOf("a"), bytes: 1 })),
    );
    const pairs = Array.from({ length: 1200 }, (_, index) =>
      registrationOf(2000 + index, { sha256: (index >> 1).toString(16).padStart(64, "0"), bytes: 2 + (index >> 1) }),
    );
    await catalog.registerMany(pairs);
    const { groups, total, byResolver } = await catalog.reportDuplicates({ limit: 2 });
    expect(groups.map(({ bytes, documents, records }) => [bytes, documents, records.length])).toEqual([
      [1, 1001, 1000],
      [601, 2, 2],
    ]);
    expect([total.groups, total.documents, byResolver.length]).toEqual([601, 2201, 1]);
  });
});
