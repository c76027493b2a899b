import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { findBlobRows } from "../../../src/catalog/ledger/expectations.ts";
import { foundByDigest, foundByError } from "../../../src/catalog/verify/look/found.ts";
import { expect as expectOf, judge } from "../../../src/catalog/verify/look/judge.ts";
import { KnownFiles } from "../../../src/catalog/verify/look/known-files.ts";
import { readInThread } from "../../../src/catalog/verify/look/read-in-thread.ts";
import { verifyBlob } from "../../../src/catalog/verify/verify-blob.ts";
import { asCatalogError } from "../../../src/core/messages/file-error.ts";
import type { BlobKey } from "../../../src/core/naming/blob-key.ts";
import type { Sha256 } from "../../../src/core/sha256.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { formatTimestamp } from "../../../src/core/timestamp.ts";
import { CatalogError } from "../../../src/errors.ts";
import type { BlobStat, BlobStore } from "../../../src/ports/blob-store.ts";
import { openEngine } from "../ingest/_ingest-world.ts";
import { fileError, overriding, pathOf, VerifyWorld } from "./_verify-world.ts";

const HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" as Sha256;
const hashers = { core: createWasmHasher() };

describe("what was found", () => {
  it.each([
    ["EACCES", "refused"],
    ["EPERM", "refused"],
    ["ENOTCAPABLE", "refused"],
    ["ENOENT", "gone"],
    ["ENOTDIR", "gone"],
    ["ELOOP", "other"],
    ["EIO", "failed"],
    ["ESTALE", "failed"],
  ])("is told by %s", (code, kind) => {
    expect(foundByDigest({ kind: "failed", code, message: "no" }, "/x")).toEqual({ kind });
    expect(foundByError(fileError(code), "/x")).toEqual({ kind });
  });

  it("is what the digest of a file says", () => {
    for (const kind of ["gone", "changing"] as const) expect(foundByDigest({ kind }, "/x")).toEqual({ kind });
    expect(foundByDigest({ kind: "other", what: "symlink" }, "/x")).toEqual({ kind: "other" });
  });

  it("is nothing where the process has no more of something, is aborted, or the store is closed", () => {
    for (const code of ["EMFILE", "ENFILE", "ENOMEM"]) {
      expect(() => foundByDigest({ kind: "failed", code, message: "many" }, "/x")).toThrow(CatalogError);
      expect(() => foundByError(fileError(code), "/x")).toThrow(CatalogError);
      const wrapped = asCatalogError(fileError(code), { verb: "read", path: "/x" });
      expect(() => foundByError(wrapped, "/x")).toThrow(wrapped as Error);
    }
    const closed = new CatalogError("CLOSED", "Cannot read", { details: { what: "catalog" } });
    for (const error of [new Error("aborted"), closed]) expect(() => foundByError(error, "/x")).toThrow(error);
  });
});

describe("what rows say", () => {
  it("is put together, and nothing where there is none", () => {
    const uri = "file:///x" as StorageUri;
    expect(expectOf([])).toEqual({ content: { sha256: null, bytes: null }, conflicting: false });
    const some = [
      { sha256: null, bytes: 5 },
      { sha256: HELLO, bytes: null },
    ];
    expect(expectOf(some)).toEqual({ content: { sha256: HELLO, bytes: 5 }, conflicting: false });
    const stat = { sizeBytes: 5, modifiedMs: 0, identity: "1" };
    const checkedAt = formatTimestamp(0);
    const blob = { uri, contents: [], putAside: false, checkedAt };
    expect(judge(blob, { kind: "seen", sha256: null, stat })).toMatchObject({ reason: "no_hash", strength: "none" });
    const seen = { kind: "seen", sha256: HELLO, stat } as const;
    expect(judge({ ...blob, contents: some }, seen)).toMatchObject({ result: "ok", strength: "provider" });
  });
});

describe("files that were read", () => {
  it("are remembered as long as they may have other names, and not without bound", () => {
    const known = new KnownFiles();
    const stat = (n: number, links?: number): BlobStat => ({ sizeBytes: 1, modifiedMs: 0, identity: `${n}`, links });
    known.add(stat(1, 1), { sha256: HELLO, expected: HELLO });
    expect(known.mayKnow(HELLO)).toBe(false);
    known.add(stat(1), { sha256: HELLO, expected: HELLO });
    expect([known.mayKnow(HELLO), known.find(stat(1)), known.find({ ...stat(1), modifiedMs: 1 })]).toEqual([
      true,
      HELLO,
      undefined,
    ]);
    for (let n = 2; n <= 50_001; n++) known.add(stat(n), { sha256: HELLO, expected: HELLO });
    expect([known.find(stat(1)), known.find(stat(50_001))]).toEqual([undefined, HELLO]);
  });
});

describe("reading in the thread that asks", () => {
  it("gives what became of each file", async () => {
    const files = createMemoryFileSystem();
    for (const name of ["a", "b", "c", "d", "e"]) {
      const handle = await files.open(`/${name}`, "create");
      await handle.write(new TextEncoder().encode("hello"));
      await handle.close();
    }
    await files.makeDirectory("/folder");
    const looks = new Map<string, number>();
    const fs = overriding(files, {
      lstat: async (path) => {
        const look = (looks.get(path) ?? 0) + 1;
        looks.set(path, look);
        const stat = await files.lstat(path);
        if (look === 1 || stat === undefined) return stat;
        if (path === "/b") return undefined;
        if (path === "/c") return { ...stat, kind: "other" };
        return path === "/d" ? { ...stat, modifiedMs: 1 } : stat;
      },
      open: async (path, mode) => {
        if (path === "/e") throw new Error("no code");
        return files.open(path, mode);
      },
    });
    const pool = readInThread({ fs, hashers });
    const requests = ["/a", "/b", "/c", "/d", "/e", "/folder", "/none"].map((path) => {
      return { path, followSymlinks: false, sizeBytes: 5 };
    });
    const digests = await pool.digest(requests);
    expect(digests.map(({ kind }) => kind)).toEqual([
      "read",
      "gone",
      "changing",
      "changing",
      "failed",
      "other",
      "gone",
    ]);
    expect(digests[0]).toMatchObject({ sha256: HELLO, sizeBytes: 5, links: 1 });
    expect(digests[4]).toMatchObject({ code: "EIO" });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(pool.digest(requests, { signal })).rejects.toThrow("enough");
    await pool.close();
  });

  it("passes on what is no error of a file", async () => {
    const fs = overriding(createMemoryFileSystem(), { stat: () => Promise.reject("odd") });
    const pool = readInThread({ fs, hashers });
    await expect(pool.digest([{ path: "/a", followSymlinks: true, sizeBytes: 0 }])).rejects.toBe("odd");
    expect([pool.size, pool.how]).toEqual([1, "in_thread"]);
  });
});

describe("one blob", () => {
  let world: VerifyWorld;

  beforeEach(() => {
    world = new VerifyWorld();
  });

  afterEach(() => world.remove());

  it("is verified by itself, in the root and in a store without paths", async () => {
    const catalog = await world.open();
    const record = await world.ingest(catalog, "hello");
    const sql = await openEngine(world.fs, `${world.folder}/a.sqlite`);
    const rows = (await findBlobRows(sql, [record.storageUri])).get(record.storageUri);
    if (rows === undefined) throw new Error("no rows");
    const store = await openFileBlobStore({ fs: world.fs, entropy: webCryptoEntropy, rootDir: world.root });
    const context = { fs: world.fs, hashers, sql, clock: systemClock, store };
    expect(await verifyBlob(context, rows)).toMatchObject({ result: "ok", strength: "full" });
    expect(await verifyBlob(context, rows, { quick: true })).toMatchObject({ result: "ok", strength: "size" });

    const key = store.findKey(record.storageUri) as BlobKey;
    const uri = `s3://papers/${key}` as StorageUri;
    const far = (methods: Partial<BlobStore> = {}): BlobStore =>
      overriding(store, {
        uriOf: (each) => `s3://papers/${each}` as StorageUri,
        findKey: (text) => (text === uri ? key : undefined),
        canonicalKey: async (each) => each,
        ...methods,
      });
    const there = { ...rows, uri };
    const look = async (methods: Partial<BlobStore> = {}, quick = false): Promise<string> => {
      const { result, reason, strength } = await verifyBlob({ ...context, store: far(methods) }, there, { quick });
      return `${result} ${reason} ${strength}`;
    };
    expect(await look()).toBe("ok null full");
    const stat = await store.stat(key);
    const provided = { ...stat, sha256: HELLO } as BlobStat;
    expect(await look({ stat: async () => provided }, true)).toBe("ok null provider");
    expect(await look({ open: async () => undefined })).toBe("unreadable changing none");
    let calls = 0;
    expect(await look({ stat: async () => ({ ...provided, modifiedMs: ++calls }) })).toBe("unreadable changing none");
    expect(await look({ canonicalKey: () => Promise.reject(fileError("EIO")) })).toBe("unreadable io none");
    const failing = (code: string): Partial<BlobStore> => ({
      stat: () => Promise.reject(asCatalogError(fileError(code), { verb: "read", path: "x" })),
    });
    expect(await look(failing("EACCES"))).toBe("unreadable permission none");
    expect(await look(failing("EIO"))).toBe("unreadable io none");
    rmSync(pathOf(record));
    expect(await look()).toBe("missing gone none");
    expect(await look({}, true)).toBe("missing gone none");
    await sql.close();
  });

  it("is read at its name again when it comes back after the trash was looked into", async () => {
    const catalog = await world.open();
    const record = await world.ingest(catalog, "hello");
    const sql = await openEngine(world.fs, `${world.folder}/a.sqlite`);
    const rows = (await findBlobRows(sql, [record.storageUri])).get(record.storageUri);
    if (rows === undefined) throw new Error("no rows");
    rmSync(pathOf(record));
    const files = await openFileBlobStore({ fs: world.fs, entropy: webCryptoEntropy, rootDir: world.root });
    const store = overriding(files, {
      listTaken: async function* listTaken() {
        writeFileSync(pathOf(record), "hello");
        yield [];
      },
    });
    expect(await verifyBlob({ fs: world.fs, hashers, sql, clock: systemClock, store }, rows)).toMatchObject({
      result: "ok",
    });
    await sql.close();
  });

  it("cannot be read where a folder stands in the trash", async () => {
    const catalog = await world.open();
    const record = await world.ingest(catalog, "hello");
    const files = await openFileBlobStore({ fs: world.fs, entropy: webCryptoEntropy, rootDir: world.root });
    const key = files.findKey(record.storageUri) as BlobKey;
    const found = await files.stat(key);
    const taken = found && (await files.take(key, { found, run: files.newRun(), keepName: false }));
    const sql = await openEngine(world.fs, `${world.folder}/a.sqlite`);
    const rows = (await findBlobRows(sql, [record.storageUri])).get(record.storageUri);
    if (rows === undefined || taken === undefined) throw new Error("nothing was taken");
    const context = { fs: world.fs, hashers, sql, clock: systemClock };
    const list = async function* list(): AsyncGenerator<readonly (typeof taken)[]> {
      yield [taken];
    };
    const store = overriding(files, { listTaken: list });
    const verdict = async (): Promise<unknown> => (await verifyBlob({ ...context, store }, rows)).reason;
    rmSync(`${world.root}/${taken.at}`);
    expect(await verdict()).toBe("gone");
    mkdirSync(`${world.root}/${taken.at}`);
    expect(await verdict()).toBe("other_kind");
    await sql.close();
  });

  it("gives all of its rows the hash that they lack", async () => {
    const catalog = await world.open();
    const record = await world.ingest(catalog, "hello");
    const { storageUri } = record;
    await catalog.addVariant(record.id, { variant: "v", storageUri, bytes: 5 });
    await world.sql("UPDATE documents SET sha256 = NULL");
    const { results, summary } = await world.verify(catalog, { recordHashes: true });
    expect(results[0]).toMatchObject({ result: "unchecked", reason: "no_hash", actual: { sha256: HELLO } });
    expect(summary).toMatchObject({ unchecked: 1, hashesRecorded: 2 });
    expect(await world.sql("SELECT COUNT(*) FROM verifications")).toEqual([[0]]);
    expect((await world.verify(catalog, { recordHashes: true })).summary).toMatchObject({ ok: 1, hashesRecorded: 0 });
    await world.sql("UPDATE variants SET sha256 = NULL");
    expect((await world.verify(catalog, { recordHashes: true })).summary).toMatchObject({ ok: 1, hashesRecorded: 1 });
    await world.sql("UPDATE variants SET sha256 = NULL");
    writeFileSync(`${world.folder}/x`, "");
    rmSync(pathOf(record));
    writeFileSync(pathOf(record), "hullo");
    expect((await world.verify(catalog, { recordHashes: true })).summary).toMatchObject({ hashesRecorded: 0 });
  });
});
