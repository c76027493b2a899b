import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { ingest } from "../../../src/catalog/ingest/ingest.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import { casKey } from "../../../src/core/naming/layout.ts";
import { parseSha256 } from "../../../src/core/sha256.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { changed } from "../../adapters/blob/_store-world.ts";
import { type IngestWorld, openWorld } from "../ingest/_ingest-world.ts";

const HELLO_KEY = casKey(parseSha256("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));

async function write(fs: FileSystem, path: string, text: string): Promise<void> {
  for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
    if ((await fs.stat(path.slice(0, at))) === undefined) await fs.makeDirectory(path.slice(0, at));
  }
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode(text));
  await handle.close();
}

/** A world whose store answers differently in what `methods` says. */
async function withStore(world: IngestWorld, methods: (store: BlobStore) => Partial<BlobStore>): Promise<unknown> {
  const { store } = world.context;
  const own = methods(store);
  const odd = new Proxy(store, {
    get: (target, name) => {
      const from = name in own ? own : target;
      const value: unknown = Reflect.get(from, name);
      return typeof value === "function" ? value.bind(from) : value;
    },
  });
  const work = ingest({ ...world.context, store: odd }, new TextEncoder().encode("hello"), world.meta({}), {});
  return work.catch((error: unknown) => error);
}

describe("verify_on_register", () => {
  it.each([
    ["jello", "hash_mismatch"],
    ["hell", "size_mismatch"],
  ])("finds bytes that came back as %j: quarantine, no row", async (text, reason) => {
    const memory = createMemoryFileSystem();
    const fs = changed(memory, {
      link: (from, to) => (to.includes("/cas/") ? write(memory, to, text) : memory.link(from, to)),
    });
    const world = await openWorld({ fs, layout: "cas", verifyOnRegister: true });
    const error = await world.ingest("hello").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "INTEGRITY", message: expect.stringContaining("its bytes came back wrong") });
    expect(await world.rows()).toEqual([]);
    expect(world.counts).toEqual([`contentdownload_verify_failures_total ${reason}`]);
    const files = await world.files();
    expect(Object.keys(files).every((name) => name.startsWith(".quarantine/"))).toBe(true);
    const evidence = Object.entries(files).find(([name]) => name.endsWith("evidence.json"))?.[1];
    expect(JSON.parse(evidence ?? "")).toMatchObject({ reason, expected_bytes: 5, actual_bytes: text.length });
  });

  it("finds nothing wrong with what is right, stored, linked or there", async () => {
    for (const layout of ["cas", "policy_path"] as const) {
      const world = await openWorld({ layout, verifyOnRegister: true });
      const key = { artifactId: "a", sourceUrl: "x" };
      const placements = [
        await world.ingest("hello", key),
        await world.ingest("hello", key),
        await world.ingest("hello"),
      ];
      expect(placements.map(({ placement }) => placement)).toEqual([
        "stored",
        "dedup",
        layout === "cas" ? "dedup" : "linked",
      ]);
      expect(world.counts.filter((line) => line.includes("verify"))).toEqual([]);
    }
  });

  it("re-reads a row's blob before it trusts it", async () => {
    const world = await openWorld({ verifyOnRegister: true });
    const key = { artifactId: "a", sourceUrl: "x", basename: "a" };
    await world.ingest("hello", key);
    await world.context.fs.unlink("/root/unpaywall/a/a");
    await write(world.context.fs, "/root/unpaywall/a/a", "jello");
    const again = await world.ingest("hello", key);
    expect(again).toMatchObject({
      placement: "stored",
      record: { storageUri: "file:///root/unpaywall/a/a-2cf24dba5fb0" },
    });
    expect(await world.files()).toEqual({ "unpaywall/a/a": "jello", "unpaywall/a/a-2cf24dba5fb0": "hello" });
  });
});

describe("placing gives up", () => {
  it("when all names are taken by others", async () => {
    const world = await openWorld({ pathTemplate: "{basename}" });
    const sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    for (const name of ["a", "a-2cf24dba5fb0", `a-${sha256}`]) await write(world.context.fs, `/root/${name}`, "other");
    await expect(world.ingest("hello", { basename: "a" })).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("all names"),
    });
    expect(await world.rows()).toEqual([]);
  });

  it.each(["cas", "policy_path"] as const)("when a blob comes and goes, under %s", async (layout) => {
    const world = await openWorld({ layout });
    const error = await withStore(world, () => ({
      place: async () => false,
      stat: async () => undefined,
      syncName: async () => {},
    }));
    expect(error).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("each time it was looked at") });
    expect(await world.rows()).toEqual([]);
    expect(Object.keys(await world.files())).toEqual([]);
  });

  it("when what is damaged changes each time", async () => {
    const world = await openWorld({ layout: "cas" });
    await write(world.context.fs, `/root/${HELLO_KEY}`, "hel");
    expect(await withStore(world, () => ({ replace: async () => "changed" }))).toMatchObject({ code: "CONFLICT" });
    expect((await world.files())[HELLO_KEY]).toBe("hel");
  });

  it("when a blob is gone before it is read back", async () => {
    const world = await openWorld({ layout: "cas", verifyOnRegister: true });
    const error = await withStore(world, (store) => ({
      stat: async (key) => (key === HELLO_KEY ? undefined : store.stat(key)),
    }));
    expect(error).toMatchObject({ code: "CONFLICT" });
    const vanishing = await withStore(world, () => ({ open: async () => undefined }));
    expect(vanishing).toMatchObject({ code: "INTEGRITY" });
  });
});

describe("what stands where a row says that its blob is", () => {
  it("is no blob if it is a folder, and gives nobody bytes", async () => {
    const world = await openWorld({ pathTemplate: "{basename}" });
    const key = { artifactId: "a", sourceUrl: "x", basename: "a" };
    await world.ingest("hello", key);
    await world.context.fs.unlink("/root/a");
    await world.context.fs.makeDirectory("/root/a");
    expect(await world.ingest("hello", { basename: "b" })).toMatchObject({ placement: "stored" });
    await expect(world.ingest("hello", key)).rejects.toMatchObject({ code: "REFUSED" });
  });

  it("is asked in vain while the device fails", async () => {
    const world = await openWorld({ pathTemplate: "{basename}" });
    await world.ingest("hello", { basename: "a" });
    const broken = new Error("the device fails");
    const error = await withStore(world, (store) => ({
      stat: (key) => (key === "a" ? Promise.reject(broken) : store.stat(key)),
    }));
    expect(error).toBe(broken);
  });
});

describe("a placeholder that a process left where there are no links", () => {
  it("makes way for the bytes under their hash, without alarm", async () => {
    const world = await openWorld({ layout: "cas" });
    await write(world.context.fs, `/root/${HELLO_KEY}`, "");
    expect(await world.ingest("hello")).toMatchObject({ placement: "stored" });
    expect(await world.files()).toEqual({ [HELLO_KEY]: "hello" });
    expect(world.counts).toEqual([]);
  });

  it("makes way for the marker of the catalog", async () => {
    const world = await openWorld({ catalogPath: "/state/catalog.sqlite" });
    const [id] =
      (await world.context.sql?.query({ sql: "SELECT value FROM meta WHERE key = 'catalog_id'" }))?.[0] ?? [];
    await write(world.context.fs, `/root/.content-catalog/${id}`, "");
    await world.ingest("hello");
    const text = new TextDecoder().decode(await world.context.fs.readFile(`/root/.content-catalog/${id}`));
    expect(JSON.parse(text)).toMatchObject({ id });
  });
});

describe("a name that a collector keeps", () => {
  const papers = { artifactId: "a", sourceUrl: "x", basename: "a" };

  async function takeBlob(world: Awaited<ReturnType<typeof openWorld>>) {
    const { store } = world.context;
    const key = parseBlobKey("a");
    const found = await store?.stat(key);
    const taken = found && (await store?.take(key, { found, run: store.newRun(), keepName: true }));
    if (store === undefined || taken === undefined) throw new Error("there is nothing to take");
    return { store, taken };
  }

  it.each(["", "other bytes", "hello"])("is taken for all bytes, %j too, and gets its own back", async (text) => {
    const world = await openWorld({ pathTemplate: "{basename}" });
    await world.ingest("hello", papers);
    const { store, taken } = await takeBlob(world);
    const placed = await world.ingest(text, { artifactId: "b", sourceUrl: "y", basename: "a" });
    expect(placed).toMatchObject({ placement: "stored" });
    expect(placed.record.storageUri).not.toBe(store.uriOf(taken.key));
    expect(await store.giveBack(taken)).toBe("back");
    expect((await world.files())["a"]).toBe("hello");
  });
});
