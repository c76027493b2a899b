import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { casKey } from "../../../src/core/naming/layout.ts";
import { EMPTY_SHA256, parseSha256 } from "../../../src/core/sha256.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { openWorld, streamOf } from "./_ingest-world.ts";

const HELLO = parseSha256("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
const HELLO_KEY = casKey(HELLO);
const PNG = Uint8Array.of(
  0x89,
  0x50,
  0x4e,
  0x47,
  0x0d,
  0x0a,
  0x1a,
  0x0a,
  0,
  0,
  0,
  13,
  0x49,
  0x48,
  0x44,
  0x52,
  0,
  0,
  0,
  1,
  0,
  0,
  0,
  1,
  8,
  0,
  0,
  0,
  0,
);

describe("ingest under cas", () => {
  it("stores bytes by their hash and registers them", async () => {
    const world = await openWorld({ layout: "cas" });
    const meta = {
      artifactId: "doi:10.1/a",
      sourceUrl: "https://example.org/a.txt",
      runId: "run-1",
      createdAt: "2025-01-02",
    };
    const result = await world.ingest("hello", meta);
    expect(result).toMatchObject({
      outcome: "created",
      contentChanged: false,
      deduplicated: false,
      placement: "stored",
    });
    expect(result.record).toEqual({
      id: 1,
      ...meta,
      resolver: "unpaywall",
      contentType: null,
      bytes: 5,
      sha256: HELLO,
      storageUri: `file:///root/${HELLO_KEY}`,
      createdAt: "2025-01-02T00:00:00.000Z",
      updatedAt: result.record.updatedAt,
    });
    expect(Object.isFrozen(result.record)).toBe(true);
    expect(await world.files()).toEqual({ [HELLO_KEY]: "hello" });
    expect((await world.context.fs.stat(`/root/${HELLO_KEY}`))?.mode).toBe(0o444);
    expect(world.counts).toEqual([]);
  });

  it("takes every kind of source", async () => {
    const world = await openWorld({ layout: "cas", large: createWasmHasher() });
    const bytes = new TextEncoder().encode("xhello");
    const sources = [
      bytes.subarray(1),
      bytes.slice(1).buffer,
      new Blob(["hel", "lo"]),
      new Response("hello"),
      streamOf("h", new Uint8Array(0), "ello"),
    ];
    for (const source of sources) expect((await world.ingest(source)).record.sha256).toBe(HELLO);
    expect(await world.files()).toEqual({ [HELLO_KEY]: "hello" });
    expect(await world.rows()).toHaveLength(5);
    expect(world.counts).toEqual(Array(4).fill("contentdownload_dedup_hits_total unpaywall"));
  });

  it("finds bytes that are there, without writing them again, and a row that is there", async () => {
    const world = await openWorld({ layout: "cas" });
    const key = { artifactId: "a", sourceUrl: "https://example.org/a" };
    const first = await world.ingest("hello", key);
    const before = await world.context.fs.stat(`/root/${HELLO_KEY}`);
    expect(await world.ingest("hello", key)).toEqual({
      ...first,
      outcome: "found",
      deduplicated: true,
      placement: "dedup",
    });
    expect(await world.ingest("hello")).toMatchObject({ outcome: "created", deduplicated: true, placement: "dedup" });
    expect(await world.context.fs.stat(`/root/${HELLO_KEY}`)).toEqual(before);
  });

  it("stores no bytes at all, too", async () => {
    const world = await openWorld({ layout: "cas", casPrefix: "mine" });
    const { record } = await world.ingest(new Uint8Array(0));
    expect(record).toMatchObject({ bytes: 0, sha256: EMPTY_SHA256 });
    expect(await world.files()).toEqual({ [casKey(EMPTY_SHA256, "mine")]: "" });
  });

  it("says once that it stores by the template when hashing is off", async () => {
    const world = await openWorld({ layout: "cas", computeSha256: false });
    const { record } = await world.ingest("hello");
    await world.ingest("hello");
    expect(record).toMatchObject({ sha256: null, storageUri: "file:///root/unpaywall/work-1/work-1.txt" });
    expect(world.logs.filter((line) => line.includes("hashing is off"))).toHaveLength(1);
    const checked = await world.ingest("hello", { expectedSha256: HELLO });
    expect(checked.record.sha256).toBe(HELLO);
  });
});

describe("ingest by the template", () => {
  it("stores bytes under a name for people", async () => {
    const world = await openWorld();
    await world.ingest("one", { artifactId: "doi:10.1/x", sourceUrl: "https://example.org/a%20b.pdf" });
    await world.ingest("two", { artifactId: "plain", basename: "mine.pdf" });
    const files = await world.files();
    expect(Object.keys(files).map((name) => name.replace(/~\w+/, "~"))).toEqual([
      "unpaywall/doi_10.1_x~/a b.pdf",
      "unpaywall/plain/mine.pdf",
    ]);
  });

  it("never overwrites: other bytes get a name with their hash, the same a hit", async () => {
    const world = await openWorld({ pathTemplate: "{basename}", hardlinkDedup: false });
    for (const text of ["one", "two", "one", "two"]) await world.ingest(text, { basename: "a.txt" });
    expect(await world.files()).toEqual({ "a.txt": "one", "a-3fc4ccfe7458.txt": "two" });
    const rows = await world.rows();
    expect(rows.map(({ storageUri }) => storageUri.slice(13))).toEqual([
      "a.txt",
      "a-3fc4ccfe7458.txt",
      "a.txt",
      "a-3fc4ccfe7458.txt",
    ]);
  });

  it("keeps names apart that differ in case only, where the file system does not", async () => {
    const world = await openWorld({ pathTemplate: "{artifact_id}" });
    await world.ingest("one", { artifactId: "A" });
    await world.ingest("two", { artifactId: "a" });
    expect(await world.files()).toEqual({ A: "one", a: "two" });
  });

  it("gives bytes that are stored elsewhere a second name, and counts it", async () => {
    const world = await openWorld();
    await world.ingest("hello");
    const linked = await world.ingest("hello");
    expect(linked).toMatchObject({ placement: "linked", deduplicated: true, outcome: "created" });
    const [one, two] = await Promise.all(
      [1, 2].map((n) => world.context.fs.stat(`/root/unpaywall/work-${n}/work-${n}.txt`)),
    );
    expect(one?.identity).toBe(two?.identity);
    expect(world.counts).toEqual(["contentdownload_dedup_hits_total unpaywall"]);
  });

  it("shares the device's blocks where that is possible", async () => {
    const world = await openWorld({ fs: createMemoryFileSystem({ clone: true }) });
    await world.ingest("hello");
    expect(await world.ingest("hello")).toMatchObject({ placement: "cloned", deduplicated: true });
  });

  it("links no empty files, none whose size is not right, none that are gone, and none if it shall not", async () => {
    const world = await openWorld();
    await world.ingest(new Uint8Array(0));
    expect(await world.ingest(new Uint8Array(0))).toMatchObject({ placement: "stored" });
    const { record } = await world.ingest("hello", { artifactId: "a", basename: "a" });
    await world.context.fs.unlink("/root/unpaywall/a/a");
    expect(await world.ingest("hello", { artifactId: "b", basename: "b" })).toMatchObject({ placement: "stored" });
    expect(record.storageUri).toBe("file:///root/unpaywall/a/a");
    const apart = await openWorld({ hardlinkDedup: false });
    await apart.ingest("hello");
    expect(await apart.ingest("hello")).toMatchObject({ placement: "stored", deduplicated: false });
  });

  it("links bytes of variants, and not what lies outside of the root", async () => {
    const world = await openWorld();
    const key = { artifactId: "a", sourceUrl: "https://example.org/a" };
    await world.ingest("one", key);
    expect(await world.ingest("two", key, { onChange: "variant" })).toMatchObject({
      outcome: "variant",
      placement: "stored",
    });
    expect(await world.ingest("two")).toMatchObject({ placement: "linked" });
    const bytes = { bytes: 5, sha256: HELLO, storageUri: "file:///elsewhere/hello" };
    await world.catalog.registerOrGet({ artifactId: "b", sourceUrl: "x", resolver: "r", ...bytes });
    expect(await world.ingest("hello")).toMatchObject({ placement: "stored" });
  });

  it("numbers names without hashes", async () => {
    const world = await openWorld({ computeSha256: false, pathTemplate: "{basename}" });
    for (const text of ["one", "two", "one"]) await world.ingest(text, { basename: "a.txt" });
    expect(await world.files()).toEqual({ "a.txt": "one", "a-2.txt": "two", "a-3.txt": "one" });
  });
});

describe("a key that comes again with other bytes", () => {
  const key = { artifactId: "a", sourceUrl: "https://example.org/a.txt" };

  it("keeps what it has, and stores nothing", async () => {
    const world = await openWorld({ layout: "cas" });
    const first = await world.ingest("one", key);
    const kept = await world.ingest("hello", key);
    expect(kept).toEqual({
      record: first.record,
      outcome: "kept",
      contentChanged: true,
      offered: { sha256: HELLO, bytes: 5 },
      deduplicated: false,
      placement: "none",
    });
    expect(Object.values(await world.files())).toEqual(["one"]);
  });

  it("takes the new ones with replace", async () => {
    const world = await openWorld({ layout: "cas" });
    await world.ingest("one", key);
    const replaced = await world.ingest("hello", key, { onChange: "replace" });
    expect(replaced).toMatchObject({
      outcome: "replaced",
      contentChanged: true,
      placement: "stored",
      record: { sha256: HELLO, id: 1 },
    });
    expect(Object.values(await world.files()).sort()).toEqual(["hello", "one"]);
  });

  it("files them as a variant with variant", async () => {
    const world = await openWorld();
    await world.ingest("one", key);
    const result = await world.ingest("hello", key, { onChange: "variant" });
    expect(result).toMatchObject({ outcome: "variant", record: { bytes: 3 }, variant: { bytes: 5, sha256: HELLO } });
    expect(Object.keys(await world.files())).toEqual(["unpaywall/a/a-2cf24dba5fb0.txt", "unpaywall/a/a.txt"]);
  });

  it("is refused with anything else", async () => {
    const world = await openWorld();
    await expect(world.ingest("one", key, { onChange: "ask" as "keep" })).rejects.toThrow(TypeError);
  });
});

describe("a row whose blob is not as it should be", () => {
  const key = { artifactId: "a", sourceUrl: "https://example.org/a.txt" };

  it("gets its bytes back under their hash, and the damaged ones go to quarantine", async () => {
    const world = await openWorld({ layout: "cas" });
    await world.ingest("hello", key);
    await world.context.fs.unlink(`/root/${HELLO_KEY}`);
    const handle = await world.context.fs.open(`/root/${HELLO_KEY}`, "create");
    await handle.write(new TextEncoder().encode("hel"));
    await handle.close();
    expect(await world.ingest("hello", key)).toMatchObject({
      outcome: "found",
      placement: "stored",
      deduplicated: false,
    });
    const files = await world.files();
    expect(files[HELLO_KEY]).toBe("hello");
    const quarantined = Object.keys(files).filter((name) => name.startsWith(".quarantine/"));
    expect(quarantined.map((name) => name.split("/").at(-1))).toEqual(["evidence.json", HELLO_KEY.split("/").at(-1)]);
    expect(JSON.parse(files[quarantined[0] ?? ""] ?? "")).toMatchObject({
      reason: "size_mismatch",
      schema_version: 2,
      expected_bytes: 5,
      actual_bytes: 3,
      verb: "ingest",
      documents: [{ id: 1, artifact_id: "a", source_url: "https://example.org/a.txt", run_id: null }],
    });
    expect(world.counts).toEqual(["contentdownload_verify_failures_total size_mismatch"]);
  });

  it("is one failure with one evidence of two who meet it, whichever call the other one comes before", async () => {
    for (let failAt = 1; ; failAt += 1) {
      const files = createMemoryFileSystem();
      const other = await openWorld({ fs: files, layout: "cas", verifyOnRegister: true });
      await other.ingest("hello", key);
      await files.unlink(`/root/${HELLO_KEY}`);
      await write(files, `/root/${HELLO_KEY}`, "jello");
      const change = async (): Promise<void> => void (await other.ingest("hello", { ...key, artifactId: "other" }));
      const fs = createFaultyFileSystem(files, { failAt, effect: "change", change });
      const world = await openWorld({ fs, layout: "cas", verifyOnRegister: true });
      await world.ingest("hello", { ...key, artifactId: "mine" });
      const failures = [...world.counts, ...other.counts].filter((count) => count.includes("verify_failures"));
      expect(failures, `call ${failAt}`).toHaveLength(1);
      const names = Object.keys(await other.files()).filter((name) => name.startsWith(".quarantine/"));
      expect(names, `call ${failAt}`).toHaveLength(2);
      if (fs.faults === 0) break;
    }
  });

  it("is looked at closely where the bytes offered are the last ones, or that is wanted", async () => {
    for (const [verifyOnRegister, transfer, heals] of [
      [false, "copy", false],
      [false, "hardlink", false],
      [false, "move", true],
      [true, "copy", true],
      [false, undefined, true],
    ] as const) {
      const world = await openWorld({ layout: "cas", verifyOnRegister });
      await world.ingest("hello", key);
      await write(world.context.fs, "/in.txt", "hello");
      await world.context.fs.unlink(`/root/${HELLO_KEY}`);
      await write(world.context.fs, `/root/${HELLO_KEY}`, "jello");
      const again = transfer ? await world.finalize("/in.txt", {}, { transfer }) : await world.ingest("hello");
      expect(again.placement).toBe(heals ? "stored" : "dedup");
      const { [HELLO_KEY]: blob, ...others } = await world.files();
      expect(blob).toBe(heals ? "hello" : "jello");
      expect(Object.values(others).filter((text) => text === "jello")).toHaveLength(heals ? 1 : 0);
      expect(world.counts[0]).toBe(
        heals ? "contentdownload_verify_failures_total hash_mismatch" : "contentdownload_dedup_hits_total unpaywall",
      );
    }
  });

  it("is given another place when it is gone where it was", async () => {
    const world = await openWorld({ pathTemplate: "{date}/{basename}" });
    await world.ingest("hello", { ...key, createdAt: "2025-01-01" });
    const again = { ...key, createdAt: "2025-02-02" };
    expect(await world.ingest("hello", again)).toMatchObject({ placement: "dedup" });
    await world.context.fs.unlink("/root/2025-01-01/a.txt");
    const moved = await world.ingest("hello", again);
    expect(moved).toMatchObject({
      outcome: "found",
      placement: "stored",
      record: { storageUri: "file:///root/2025-02-02/a.txt" },
    });
    expect(await world.rows()).toEqual([moved.record]);
  });

  it("is left where it lies outside of the root, as long as it is there", async () => {
    const world = await openWorld({ layout: "cas" });
    const outside = await world.context.fs.open("/outside.txt", "create");
    await outside.write(new TextEncoder().encode("hello"));
    await outside.close();
    const registration = { ...key, resolver: "unpaywall", bytes: 5, storageUri: "file:///outside.txt" };
    await world.catalog.registerOrGet(registration);
    const completed = await world.ingest("hello", key);
    expect(completed).toMatchObject({
      outcome: "completed",
      placement: "dedup",
      record: { storageUri: "file:///outside.txt", sha256: HELLO },
    });
    expect(await world.files()).toEqual({});
    await world.context.fs.unlink("/outside.txt");
    expect(await world.ingest("hello", key)).toMatchObject({
      placement: "stored",
      record: { storageUri: `file:///root/${HELLO_KEY}` },
    });
    const other = { ...registration, artifactId: "b", storageUri: "s3://bucket/b", sha256: HELLO };
    await world.catalog.registerOrGet(other);
    expect(await world.ingest("hello", { artifactId: "b", sourceUrl: key.sourceUrl })).toMatchObject({
      record: { storageUri: `file:///root/${HELLO_KEY}` },
    });
  });
});

describe("the content type", () => {
  it("is the given one, else the Response's, else what the bytes tell, else none", async () => {
    const world = await openWorld({ pathTemplate: "{artifact_id}.{ext}" });
    const response = (): Response => new Response(PNG, { headers: { "content-type": "Text/HTML; charset=utf-8" } });
    const types = [
      await world.ingest(response(), { contentType: "application/x-mine" }),
      await world.ingest(response()),
      await world.ingest(new Blob([PNG], { type: "image/gif" })),
      await world.ingest(PNG, { basename: "noextension" }),
      await world.ingest("just text"),
    ].map(({ record }) => record.contentType);
    expect(types).toEqual(["application/x-mine", "text/html; charset=utf-8", "image/gif", "image/png", null]);
    expect(Object.keys(await world.files())).toContain("work-4.png");
  });
});

describe("without a catalog", () => {
  it("stores the same way and registers nothing", async () => {
    const world = await openWorld({ layout: "cas", sql: "none" });
    const result = await world.ingest("hello");
    expect(result).toMatchObject({
      outcome: "placed",
      placement: "stored",
      record: { id: 0, sha256: HELLO, bytes: 5 },
    });
    expect(await world.ingest("hello")).toMatchObject({ outcome: "placed", placement: "dedup", deduplicated: true });
    expect(await world.context.fs.stat("/root/.content-catalog")).toBeUndefined();
    expect(await world.files()).toEqual({ [HELLO_KEY]: "hello" });
  });
});

describe("the marker of the root", () => {
  it("is there before the first bytes, once a catalog", async () => {
    const world = await openWorld({ catalogPath: "/state/catalog.sqlite" });
    await Promise.all([world.ingest("one"), world.ingest("two")]);
    const names: string[] = [];
    for await (const page of world.context.fs.list("/root/.content-catalog"))
      names.push(...page.map(({ name }) => name));
    expect(names).toHaveLength(1);
    const path = `/root/.content-catalog/${names[0]}`;
    const text = new TextDecoder().decode(await world.context.fs.readFile(path));
    expect(JSON.parse(text)).toMatchObject({ id: names[0], path: "/state/catalog.sqlite", root: "/root" });
  });

  it("is one for all catalogs in memory", async () => {
    const world = await openWorld();
    await world.ingest("one");
    const text = new TextDecoder().decode(await world.context.fs.readFile("/root/.content-catalog/memory"));
    expect(JSON.parse(text)).toMatchObject({ id: "memory", sequence: 0, path: null, root: "/root" });
  });
});

describe("bytes that the store has", () => {
  it.each([
    ["few, in memory", 5, 0],
    ["many, on the device but never synced", 3 * 1024 * 1024, 1],
  ])("are not stored again: %s", async (_what, size, staged) => {
    const calls: string[] = [];
    const world = await openWorld({ layout: "cas" });
    const { store } = world.context;
    const bytes = new Uint8Array(size).fill(7);
    expect(await world.ingest(bytes)).toMatchObject({ placement: "stored", record: { bytes: size } });
    const stage = store.stage.bind(store);
    store.stage = async (options) => {
      const writer = await stage(options);
      calls.push("stage");
      const finish = writer.finish.bind(writer);
      writer.finish = () => {
        calls.push("finish");
        return finish();
      };
      return writer;
    };
    const again = await world.ingest(bytes, { sourceUrl: "https://example.org/again" });
    expect(again).toMatchObject({ placement: "dedup", deduplicated: true });
    expect(calls).toEqual(Array.from({ length: staged }, () => "stage"));
    expect(Object.keys(await world.files()).filter((path) => path.includes(".staging"))).toEqual([]);
  });

  it("may come in buffers that are used again", async () => {
    const world = await openWorld({ layout: "cas" });
    const buffer = new Uint8Array(4);
    let round = 0;
    const stream = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          round += 1;
          if (round > 3) return controller.close();
          controller.enqueue(buffer.fill(round));
        },
      },
      { highWaterMark: 0 },
    );
    const { record } = await world.ingest(stream);
    const path = new URL(record.storageUri).pathname;
    expect(await world.context.fs.readFile(path)).toEqual(Uint8Array.of(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3));
  });
});

async function write(fs: FileSystem, path: string, text: string): Promise<void> {
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode(text));
  await handle.close();
}
