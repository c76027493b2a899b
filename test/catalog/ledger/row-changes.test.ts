import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { findBlobRows } from "../../../src/catalog/ledger/expectations.ts";
import { Ledger } from "../../../src/catalog/ledger/ledger.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { formatTimestamp } from "../../../src/core/timestamp.ts";
import type { BlobVerification } from "../../../src/core/verification/verification.ts";
import { hashOf, KEY, type OriginWorld, openOriginWorld } from "../origins/_origin-world.ts";
import { RestoreWorld } from "../restore/_restore-world.ts";

/*
 * Each way that a row takes other bytes, a hash, or another place: what was verified before says nothing about it any
 * more, or goes along, and the incident of bytes that no row names ends. What was verified of others stays.
 */

const TEXT = "hello\n";
const OTHER = "others\n";
/** What is there is not read without need. */
const TRUSTING = { catalog: { verifyOnRegister: false } } as const;
const GONE = { result: "missing", reason: "gone", strength: "none" } as const;

let world: OriginWorld;
let bystander: string;
afterEach(() => world.catalog.close());

/** Opens one with a blob of another artifact, which is verified. */
async function open(...options: Parameters<typeof openOriginWorld>): Promise<void> {
  world = await openOriginWorld(...options);
  bystander = await world.ingest("bystander", undefined, { artifactId: "bystander" });
  await verify(bystander);
}

/** Records how a blob was found. */
async function verify(at: string, how: Partial<BlobVerification> = {}): Promise<void> {
  const uri = at as StorageUri;
  const [content] = (await findBlobRows(world.other, [uri], { fresh: true })).get(uri)?.contents ?? [];
  const expected = content ?? { sha256: null, bytes: null };
  const checkedAt = formatTimestamp(systemClock.now());
  const verification = {
    uri,
    result: "ok",
    reason: null,
    strength: "full",
    expected,
    actual: expected,
    checkedAt,
    ...how,
  };
  const ledger = new Ledger({ sql: world.other, clock: systemClock });
  await ledger.record([verification as BlobVerification]);
  expect(await ledger.find(uri)).toMatchObject({ result: verification.result });
}

/** The places with their results, but for that of the bystander, which has to be there. */
async function verified(): Promise<readonly unknown[]> {
  const rows = await world.query("SELECT uri, result FROM verifications ORDER BY uri");
  expect(rows).toContainEqual([bystander, "ok"]);
  return rows.filter(([uri]) => uri !== bystander);
}

async function textAt(uri: string): Promise<string> {
  return new TextDecoder().decode(await world.fs.readFile(new URL(uri).pathname));
}

async function incidents(): Promise<readonly unknown[]> {
  return world.query("SELECT uri, resolution FROM incidents ORDER BY id");
}

/** Registers bytes at a place under another key than {@link KEY}. */
async function alsoName(storageUri: string, text = TEXT): Promise<void> {
  const registration = { ...KEY, artifactId: "second", storageUri, bytes: text.length, sha256: await hashOf(text) };
  await world.catalog.registerOrGet(registration);
}

async function addFile(path: string, text: string, into: "copy" | "none", onChange?: "replace"): Promise<void> {
  await world.write(path, text);
  await world.add(path, into, onChange);
}

describe("a row that is removed", () => {
  it("takes along what was verified of bytes that no other names, and ends their incident", async () => {
    await open();
    const at = await world.ingest(TEXT);
    await verify(at, GONE);
    await world.catalog.addVariant((await world.row()).id, { variant: "html", storageUri: "s3://b/x", bytes: null });
    await verify("s3://b/x");
    await world.catalog.remove([(await world.row()).id]);
    expect(await verified()).toEqual([]);
    expect(await incidents()).toEqual([[at, "removed"]]);
  });

  it("leaves what was verified of bytes that another names", async () => {
    await open();
    const at = await world.ingest(TEXT);
    await alsoName(at);
    await verify(at, GONE);
    await world.catalog.remove([(await world.row()).id]);
    expect(await verified()).toEqual([[at, "missing"]]);
    expect(await incidents()).toEqual([[at, null]]);
  });
});

describe("a row that takes other bytes", () => {
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    "by a URI": () => world.register("s3://bucket/other", OTHER, "replace"),
    "that are ingested": () => world.ingest(OTHER, "replace"),
    "that are added": () => addFile("/in/other", OTHER, "copy", "replace"),
    "where they lie": () => addFile("/in/other", OTHER, "none", "replace"),
    "that are imported": async () => {
      await world.write("/in/other", OTHER);
      await world.runImport("/in/other", { onChange: "replace" });
    },
    "that are imported into the root": async () => {
      await world.write("/in/other", OTHER);
      await world.runImport("/in/other", { onChange: "replace", into: "copy" });
    },
  };

  it.each(Object.entries(ways))(
    "%s drops what was verified of those before, and ends their incident",
    async (_, way) => {
      await open();
      const at = await world.ingest(TEXT);
      await verify(at, { result: "mismatch", reason: "hash" });
      await way();
      expect((await world.row()).storageUri).not.toBe(at);
      expect(await verified()).toEqual([]);
      expect(await incidents()).toEqual([[at, "replaced"]]);
    },
  );

  it("leaves the incident open of bytes that another names, which are looked at anew", async () => {
    await open();
    const at = await world.ingest(TEXT);
    await alsoName(at);
    await verify(at, GONE);
    await world.ingest(OTHER, "replace");
    expect(await verified()).toEqual([]);
    expect(await incidents()).toEqual([[at, null]]);
  });

  it("at the same place drops what was verified there", async () => {
    await open();
    await world.register("s3://bucket/a", TEXT);
    await verify("s3://bucket/a");
    await world.register("s3://bucket/a", OTHER, "replace");
    expect(await verified()).toEqual([]);
  });

  it("and one that keeps its own, or files them as a variant, changes nothing", async () => {
    await open();
    const at = await world.ingest(TEXT);
    await verify(at, GONE);
    await world.register("s3://bucket/other", OTHER);
    await world.ingest(OTHER, "variant");
    await world.ingest(TEXT);
    expect(await verified()).toEqual([[at, "missing"]]);
    expect(await incidents()).toEqual([[at, null]]);
  });
});

describe("a row that gets a hash", () => {
  const uri = "s3://bucket/a";
  const unchecked = { result: "unchecked", reason: "no_hash", strength: "size" } as const;

  it("from a registration drops what was verified without", async () => {
    await open();
    await world.catalog.registerOrGet({ ...KEY, storageUri: uri, bytes: TEXT.length });
    await verify(uri, unchecked);
    await world.catalog.registerOrGet({ ...KEY, storageUri: uri, bytes: TEXT.length, contentType: "a/b" });
    expect(await verified()).toEqual([[uri, "unchecked"]]);
    await world.register(uri, TEXT);
    expect(await verified()).toEqual([]);
    await verify(uri);
    await world.register(uri, TEXT);
    expect(await verified()).toEqual([[uri, "ok"]]);
  });

  it("as its blob was read to compare it drops it as well", async () => {
    await open();
    await world.write("/in/a", TEXT);
    await world.catalog.registerOrGet({ ...KEY, storageUri: "file:///in/a", bytes: TEXT.length });
    await verify("file:///in/a", unchecked);
    await world.ingest(TEXT);
    expect((await world.row()).sha256).toBe(await hashOf(TEXT));
    expect(await verified()).toEqual([]);
  });

  it("and so does a variant", async () => {
    await open();
    await world.write("/in/a", TEXT);
    await world.write("/in/a.html", OTHER);
    await world.runImport("/in/a", { html_paths: ["/in/a.html"] });
    await world.run({ sql: "UPDATE variants SET sha256 = NULL" });
    await verify("file:///in/a.html", unchecked);
    await world.runImport("/in/a", { html_paths: ["/in/a.html"] });
    expect(await world.query("SELECT sha256 FROM variants")).toEqual([[await hashOf(OTHER)]]);
    expect(await verified()).toEqual([]);
  });
});

describe("a row whose file is taken in", () => {
  it("drops what was verified where it lay", async () => {
    await open();
    await addFile("/in/a", TEXT, "none");
    await verify("file:///in/a", { result: "unreadable", reason: "io" });
    await world.add("/in/a", "copy");
    expect((await world.row()).storageUri).not.toBe("file:///in/a");
    expect(await verified()).toEqual([]);
    expect(await incidents()).toEqual([["file:///in/a", "relocated"]]);
  });

  it("takes others along that name it by another text, with what was verified of them", async () => {
    await open();
    await addFile("/in/a", TEXT, "none");
    await alsoName("file:///in/a");
    const older = "file:///in/./a";
    await world.run(
      { sql: "UPDATE documents SET storage_uri = ? WHERE artifact_id = 'second'", parameters: [older] },
      { sql: "INSERT INTO in_place (uri, path) VALUES (?, '/in/a')", parameters: [older] },
    );
    await verify("file:///in/a");
    await verify(older, GONE);
    await world.add("/in/a", "copy");
    expect(await world.query("SELECT uri FROM in_place")).toEqual([]);
    expect(await verified()).toEqual([]);
    expect(await incidents()).toEqual([[older, "relocated"]]);
  });
});

describe("a row whose bytes were lost", () => {
  it("and are stored anew at another place drops what was verified, and the incident ends", async () => {
    await open();
    await addFile("/in/a", TEXT, "none");
    await verify("file:///in/a", GONE);
    await world.fs.unlink("/in/a");
    await world.ingest(TEXT);
    expect((await world.row()).storageUri).not.toBe("file:///in/a");
    expect(await verified()).toEqual([]);
    expect(await incidents()).toEqual([["file:///in/a", "relocated"]]);
  });

  it("or damaged, and are stored anew at the same place, is repaired", async () => {
    await open({ layout: "cas" });
    const at = await world.ingest(TEXT);
    await verify(at, { result: "mismatch", reason: "size" });
    await world.write(new URL(at).pathname, "cut");
    expect(await world.ingest(TEXT)).toBe(at);
    expect(await verified()).toEqual([]);
    expect(await incidents()).toEqual([[at, "repaired"]]);
  });

  it.each(["cas", "policy_path"] as const)(
    "without another size is found damaged if it is known to be (%s)",
    async (layout) => {
      await open({ layout }, TRUSTING);
      await addFile("/in/a", TEXT, "copy");
      const at = (await world.row()).storageUri;
      await world.write(new URL(at).pathname, "jello\n");
      // A size is all that is looked at where nobody knows better.
      await world.add("/in/a", "copy");
      expect((await world.row()).storageUri).toBe(at);
      expect(await textAt(at)).toBe("jello\n");
      await verify(at, { result: "mismatch", reason: "hash" });
      const anew = await world.ingest(TEXT);
      expect(anew === at).toBe(layout === "cas");
      expect((await world.row()).storageUri).toBe(anew);
      expect(await textAt(anew)).toBe(TEXT);
      expect(await verified()).toEqual([]);
      expect(await incidents()).toEqual([[at, layout === "cas" ? "repaired" : "relocated"]]);
    },
  );

  it("is found damaged by another row, too", async () => {
    await open({ layout: "cas" }, TRUSTING);
    await addFile("/in/a", TEXT, "copy");
    const at = (await world.row()).storageUri;
    await world.write(new URL(at).pathname, "jello\n");
    await verify(at, { result: "mismatch", reason: "hash" });
    await world.write("/in/b", TEXT);
    await world.catalog.add([{ path: "/in/b", meta: { ...KEY, artifactId: "second" } }], { into: "copy" });
    expect(await textAt(at)).toBe(TEXT);
  });

  it("and lie elsewhere now names them there", async () => {
    await open();
    await addFile("/in/a", TEXT, "none");
    await verify("file:///in/a", GONE);
    await world.fs.unlink("/in/a");
    await addFile("/in/b", TEXT, "none");
    expect((await world.row()).storageUri).toBe("file:///in/b");
    expect(await verified()).toEqual([]);
    expect(await incidents()).toEqual([["file:///in/a", "relocated"]]);
  });

  it("and that names them by another text gets the text of today, with all that is known", async () => {
    await open();
    await addFile("/in/a", TEXT, "none");
    const older = "file:///in/./a";
    await world.run({ sql: "UPDATE documents SET storage_uri = ? WHERE id = 2", parameters: [older] });
    await verify(older, GONE);
    await world.register("file:///in/a", TEXT);
    expect((await world.row()).storageUri).toBe("file:///in/a");
    expect(await verified()).toEqual([["file:///in/a", "missing"]]);
    expect(await incidents()).toEqual([["file:///in/a", null]]);
  });
});

describe("a row that is relocated", () => {
  beforeRelocating("takes along what was verified when the last row of the blob goes", {
    how: {},
    verified: [["file:///new/a", "ok"]],
    incidents: [],
  });
  beforeRelocating("takes nothing bad along, which may be why it is relocated", {
    how: GONE,
    verified: [],
    incidents: [["file:///old/a", "relocated"]],
  });

  function beforeRelocating(
    name: string,
    expected: { how: Partial<BlobVerification>; verified: readonly unknown[]; incidents: readonly unknown[] },
  ): void {
    it(name, async () => {
      await open();
      await addFile("/old/a", TEXT, "none");
      await alsoName("file:///old/a");
      await world.catalog.addVariant(1, { variant: "html", storageUri: "file:///old/a", bytes: null });
      await verify("file:///old/a", expected.how);
      await world.write("/new/a", TEXT);
      await world.fs.unlink("/old/a");
      await world.catalog.relocate({ from: "/old", to: "/new" }, {});
      expect(await verified()).toEqual(expected.verified);
      expect(await incidents()).toEqual(expected.incidents);
    });
  }

  it("leaves what was verified for a row that stays", async () => {
    await open();
    await addFile("/old/a", TEXT, "none");
    await alsoName("file:///old/a");
    await verify("file:///old/a");
    await world.write("/new/a", TEXT);
    await world.run({ sql: "UPDATE documents SET bytes = 99 WHERE artifact_id = 'second'" });
    expect((await world.catalog.relocate({ from: "/old", to: "/new" }, {})).left).toBe(1);
    expect(await verified()).toEqual([["file:///old/a", "ok"]]);
  });

  it("goes to what was verified at the new place", async () => {
    await open();
    await addFile("/old/a", TEXT, "none");
    await world.write("/new/a", TEXT);
    await alsoName("file:///new/a");
    await verify("file:///old/a");
    await verify("file:///new/a", GONE);
    await world.catalog.relocate({ from: "/old", to: "/new" }, {});
    expect(await verified()).toEqual([["file:///new/a", "missing"]]);
  });
});

describe("a variant that takes other bytes", () => {
  it.each(["copy", "none"] as const)("drops what was verified (%s)", async (into) => {
    await open();
    await world.write("/in/a", TEXT);
    await world.write("/in/a.html", "<p>");
    await world.runImport("/in/a", { html_paths: ["/in/a.html"], ...(into === "copy" && { into }) });
    const [[at] = []] = await world.query("SELECT storage_uri FROM variants");
    await verify(String(at), { result: "mismatch", reason: "hash" });
    await world.write("/in/a.html", OTHER);
    await world.catalog.add([{ path: "/in/a.html" }], { into, onChange: "replace" });
    expect(await world.query("SELECT sha256 FROM variants")).toEqual([[await hashOf(OTHER)]]);
    expect(await verified()).toEqual([]);
    // In place it is the same name, of which nobody has looked yet whether it is good.
    expect(await incidents()).toEqual([[at, into === "copy" ? "replaced" : null]]);
  });

  it("or another place, as they were lost, drops it, too", async () => {
    await open();
    await world.write("/in/a", TEXT);
    await world.write("/in/a.html", OTHER);
    await world.runImport("/in/a", { html_paths: ["/in/a.html"], into: "copy" });
    const [[at] = []] = await world.query("SELECT storage_uri FROM variants");
    await verify(String(at), GONE);
    await world.fs.unlink(new URL(String(at)).pathname);
    await world.run({ sql: "UPDATE variants SET storage_uri = 'file:///root/lost.html'" });
    await world.run({ sql: "UPDATE verifications SET uri = 'file:///root/lost.html' WHERE result = 'missing'" });
    await world.run({ sql: "UPDATE incidents SET uri = 'file:///root/lost.html'" });
    await world.catalog.add([{ path: "/in/a.html" }], { into: "copy" });
    expect(await world.query("SELECT storage_uri FROM variants")).toEqual([[at]]);
    expect(await verified()).toEqual([]);
    expect(await incidents()).toEqual([["file:///root/lost.html", "relocated"]]);
  });
});

describe("bytes that come back out of the trash", () => {
  it("are looked at anew, whatever was known of their place", async () => {
    await open();
    const other = await RestoreWorld.create();
    const { id, storageUri } = await other.ingest("kept");
    await other.catalog.remove([id]);
    await other.take(storageUri, "keep");
    await other.run(
      "INSERT INTO verifications (uri, result, strength, checked_at) VALUES (?, 'missing', 'none', '2026-01-01T00:00:00.000Z')",
      storageUri,
    );
    await other.restore([String(id)], { apply: true });
    expect(await other.rows("SELECT storage_uri FROM documents")).toEqual([[storageUri]]);
    expect(await other.rows("SELECT uri FROM verifications")).toEqual([]);
    await other.remove();
  });
});
