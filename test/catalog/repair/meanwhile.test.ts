import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { MortalProcesses } from "../collect/_mortal-processes.ts";
import {
  type Intercept,
  interceptedFileSystem,
  pathOf,
  RepairWorld,
  ROOT,
  repairOne,
  systemError,
} from "./_repair-world.ts";

const SOURCE = "https://example.org/one";

let world: RepairWorld;
let catalog: Catalog;
let record: DocumentRecord;
/** What happens to calls of the file system; a test may set it. */
let intercept: Intercept;

async function begin(layout: Layout = "policy_path"): Promise<void> {
  intercept = () => undefined;
  const fs: FileSystem = interceptedFileSystem(createMemoryFileSystem(), (...call) => intercept(...call));
  world = new RepairWorld({ layout, fs });
  catalog = await world.open();
  record = await world.ingest(catalog, "right", "one");
  world.web[SOURCE] = { text: "right" };
  await world.write(pathOf(record), "wrong");
}

/** Something that happens while the source is asked. */
function meanwhile(work: () => Promise<unknown>): void {
  world.web[SOURCE] = { text: "right", meanwhile: work };
}

async function quarantined(): Promise<readonly string[]> {
  const files = Object.entries(await world.files());
  return files.flatMap(([name, text]) => (/^\.quarantine\/.*(?<!\/evidence\.json)$/.test(name) ? [text] : []));
}

async function staged(): Promise<readonly string[]> {
  return Object.keys(await world.files()).filter((name) => name.startsWith(".staging/"));
}

beforeEach(() => begin());

afterEach(async () => {
  intercept = () => undefined;
  expect(await staged()).toEqual([]);
  expect(await world.query("SELECT COUNT(*) FROM leases WHERE origin = 'placed'")).toEqual([[0]]);
  await world.close();
});

describe("what others do to a blob while its source is asked", () => {
  it("is noted when they put the right bytes there", async () => {
    meanwhile(() => world.write(pathOf(record), "right"));
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "intact", found: { result: "mismatch" } });
    expect(await quarantined()).toEqual([]);
    expect(await world.query("SELECT result, bad_since FROM verifications")).toEqual([["ok", null]]);
  });

  it("keeps their folder", async () => {
    meanwhile(() => world.replaceByFolder(pathOf(record)));
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "blocked", reason: "other_kind" });
  });

  it("keeps what may not be read any more", async () => {
    meanwhile(async () => {
      intercept = (operation, [path]) =>
        operation === "open" && path === pathOf(record) ? Promise.reject(systemError("EACCES")) : undefined;
    });
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "blocked", reason: "permission" });
    expect(await quarantined()).toEqual([]);
  });

  it("keeps other bytes that a row names by now", async () => {
    await world.fs.unlink(pathOf(record));
    const other = await world.open();
    meanwhile(async () => {
      const { storageUri } = record;
      await world.write(pathOf(record), "theirs");
      const meta = { artifactId: "other", sourceUrl: "https://example.org/other", resolver: "x" };
      await other.registerOrGet({ ...meta, contentType: null, runId: null, bytes: 6, sha256: null, storageUri });
    });
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "unavailable", reason: "in_use" });
    expect(await world.read(pathOf(record))).toBe("theirs");
    expect(await quarantined()).toEqual([]);
  });

  it("keeps other bytes whose row is on its way", async () => {
    await world.fs.unlink(pathOf(record));
    meanwhile(async () => {
      await world.write(pathOf(record), "theirs");
      const times = ["2026-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"];
      await world.change(
        "INSERT INTO leases (id, uri, origin, holder, taken_at, expires_at) VALUES ('x', ?, 'registered', '{}', ?, ?)",
        [record.storageUri, ...times],
      );
    });
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "unavailable", reason: "in_use" });
    expect(await world.read(pathOf(record))).toBe("theirs");
  });
});

describe("a blob that several rows name", () => {
  it.each([
    ["with its hash", { bytes: 5 }],
    ["without a hash", { bytes: 5, sha256: null }],
  ])("is repaired, %s", async (_title, change) => {
    const { storageUri, sha256 } = record;
    const meta = { artifactId: "too", sourceUrl: "https://example.org/too", resolver: "x", sha256, storageUri };
    await catalog.registerOrGet({ ...meta, contentType: null, runId: null, ...change });
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "repaired", documents: [1, 2] });
    expect(await world.read(pathOf(record))).toBe("right");
  });

  it("is repaired where one of them has neither hash nor size", async () => {
    const { storageUri, sha256 } = record;
    await catalog.addVariant(record.id, { variant: "x", storageUri, sha256, bytes: 5, contentType: null });
    await world.change("UPDATE variants SET bytes = NULL, sha256 = NULL");
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "repaired", variants: [1] });
  });
});

describe("a root that another catalog uses, too", () => {
  async function openOther(): Promise<Catalog> {
    const other = await world.open({ name: "b" });
    await world.ingest(other, "something", "b");
    return other;
  }

  it("does not keep a blob from being repaired that the other one does not name", async () => {
    await openOther();
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "repaired" });
    expect(await quarantined()).toEqual(["wrong"]);
  });

  it("keeps what the other one names with other bytes", async () => {
    const other = await openOther();
    const meta = { artifactId: "theirs", sourceUrl: "https://example.org/b2", resolver: "x" };
    const { storageUri } = record;
    await other.registerOrGet({ ...meta, contentType: null, runId: null, bytes: 5, sha256: null, storageUri });
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "blocked", reason: "other_catalog" });
    expect(await world.read(pathOf(record))).toBe("wrong");
    // Nothing is there that could be theirs.
    await world.fs.unlink(pathOf(record));
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "repaired" });
  });

  it("keeps what is there when the other one cannot be asked", async () => {
    await (await openOther()).close();
    await world.fs.unlink("/state/b.sqlite");
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "blocked", reason: "other_catalog" });
    expect(await world.read(pathOf(record))).toBe("wrong");
  });
});

describe("a blob in the hands of a collector", () => {
  it("is left to it", async () => {
    const owner = new MortalProcesses().start().self;
    const store = await openFileBlobStore({ fs: world.fs, entropy: webCryptoEntropy, rootDir: ROOT, owner });
    const key = store.findKey(record.storageUri);
    const found = key && (await store.stat(key));
    if (key === undefined || found === undefined) throw new TypeError("expected a blob");
    const taken = await store.take(key, { found, run: store.newRun(), keepName: true });
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "unavailable", reason: "in_use" });
    if (taken !== undefined) await store.dropTaken(taken);
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "repaired" });
  });
});

describe("a blob that cannot be read off its device", () => {
  it("is replaced, and put aside without a hash", async () => {
    intercept = (operation, [path]) =>
      operation === "open" && path === pathOf(record) ? Promise.reject(systemError("EIO")) : undefined;
    const result = await repairOne(catalog, record.id);
    expect(result).toMatchObject({ outcome: "repaired", found: { result: "unreadable", reason: "io" } });
    intercept = () => undefined;
    expect(await world.read(pathOf(record))).toBe("right");
    expect(await quarantined()).toEqual(["wrong"]);
    const evidence = Object.entries(await world.files()).find(([name]) => name.endsWith("evidence.json"));
    expect(JSON.parse(evidence?.[1] ?? "")).toMatchObject({
      reason: "hash_mismatch",
      actual_sha256: null,
      verb: "repair",
    });
  });
});

describe.each<Layout>(["cas", "policy_path"])("a name of layout %s that others take at that moment", (layout) => {
  beforeEach(async () => {
    await world.close();
    await begin(layout);
  });

  it("gets the bytes when what was there is another file by then", async () => {
    let times = 0;
    intercept = (_operation, [path, to]) => {
      if (path !== pathOf(record) || !String(to).includes(".quarantine") || ++times > 1) return undefined;
      return world.write(pathOf(record), "wrong, too").then(() => undefined);
    };
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "repaired" });
    expect(times).toBeGreaterThan(1);
    expect(await world.read(pathOf(record))).toBe("right");
    expect((await quarantined()).filter((text) => text !== "wrong, too")).toEqual([]);
  });

  it("stays theirs when it is made for people, and else gets the bytes", async () => {
    let times = 0;
    intercept = (operation, [, to]) => {
      if (!/^(link|rename)$/.test(operation) || to !== pathOf(record) || ++times > 1) return undefined;
      return world.write(pathOf(record), "theirs").then(() => undefined);
    };
    const result = await repairOne(catalog, record.id);
    if (layout === "cas") expect(result).toMatchObject({ outcome: "repaired" });
    else expect(result).toMatchObject({ outcome: "unavailable", reason: "in_use" });
    expect(await world.read(pathOf(record))).toBe(layout === "cas" ? "right" : "theirs");
  });

  it("is given up when others have it again and again", async () => {
    await world.fs.unlink(pathOf(record));
    intercept = (operation, [, to]) =>
      operation === "link" && to === pathOf(record) ? Promise.reject(systemError("EEXIST")) : undefined;
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "unavailable", reason: "in_use" });
  });

  it("is left when the store cannot be looked at", async () => {
    meanwhile(async () => {
      intercept = (operation, [path]) =>
        operation === "lstat" && path === pathOf(record) ? Promise.reject(systemError("EIO")) : undefined;
    });
    await expect(repairOne(catalog, record.id)).rejects.toMatchObject({ code: "BACKEND" });
    intercept = () => undefined;
    expect(await world.read(pathOf(record))).toBe("wrong");
  });
});
