import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { AddInto } from "../../../src/catalog/add/add-options.ts";
import { addSources } from "../../../src/catalog/add/add-sources.ts";
import { importManifest } from "../../../src/catalog/import/import-manifest.ts";
import type { HashMode } from "../../../src/catalog/import/import-options.ts";
import type { Transfer } from "../../../src/catalog/placing/stage-file.ts";
import type { OnChange } from "../../../src/core/outcome.ts";
import { findPathOfUri } from "../../../src/core/storage-uri.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { type IngestWorld, openWorld, type WorldOptions } from "./_ingest-world.ts";

/*
 * A row without a hash, and bytes of the same size for its key, by every way in: the row never gets their hash, and they
 * are taken for its own only if they are.
 */

const KEY = { artifactId: "doc:1", sourceUrl: "https://x.example/1", resolver: "r" };
const THEIRS = "AAAAA";

type Way = (world: IngestWorld, onChange: OnChange) => Promise<unknown>;

const finalizing =
  (transfer: Transfer): Way =>
  (world, onChange) =>
    world.finalize("/in/b.txt", KEY, { transfer, onChange });

const adding =
  (into: AddInto): Way =>
  (world, onChange) =>
    addSources(world.context, [{ path: "/in/b.txt", meta: KEY }], { into, onChange });

const importing =
  (options: { into?: Transfer; hash?: HashMode }): Way =>
  async (world, onChange) => {
    const { sql } = world.context;
    if (sql === undefined) throw new TypeError("this world has no catalog");
    const { artifactId, sourceUrl, resolver } = KEY;
    const line = { artifact_id: artifactId, source_url: sourceUrl, resolver, path: "b.txt" };
    await write(world.context.fs, "/in/m.jsonl", JSON.stringify(line));
    const context = { ...world.context, sql, placing: world.context };
    return importManifest(context, { path: "/in/m.jsonl" }, { ...options, onChange });
  };

const WAYS: Readonly<Record<string, Way>> = {
  ingest: async (world, onChange) => world.ingest(await text(world, "/in/b.txt"), KEY, { onChange }),
  "finalize, move": finalizing("move"),
  "finalize, copy": finalizing("copy"),
  "finalize, hardlink": finalizing("hardlink"),
  "add, move": adding("move"),
  "add, copy": adding("copy"),
  "add, hardlink": adding("hardlink"),
  "add, where it lies": adding("none"),
  "import, move": importing({ into: "move" }),
  "import, copy": importing({ into: "copy" }),
  "import, hardlink": importing({ into: "hardlink" }),
  "import where it lies, missing hashes": importing({}),
  "import where it lies, all hashes": importing({ hash: "all" }),
};

const SETTINGS: readonly WorldOptions[] = [
  { layout: "cas" },
  { layout: "policy_path" },
  { layout: "policy_path", computeSha256: false },
];

async function write(fs: FileSystem, path: string, content: string): Promise<void> {
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode(content));
  await handle.close();
}

async function text({ context }: IngestWorld, path: string): Promise<string> {
  return new TextDecoder().decode(await context.fs.readFile(path));
}

/** A world with a row that names "AAAAA", in the root or outside, and the file /in/b.txt. */
async function createScene(options: WorldOptions, offered: string, place: string): Promise<IngestWorld> {
  const fs = createMemoryFileSystem();
  await fs.makeDirectory("/in");
  await fs.makeDirectory("/root");
  await write(fs, "/in/b.txt", offered);
  await write(fs, place, THEIRS);
  const world = await openWorld({ ...options, fs });
  await world.catalog.registerOrGet({ ...KEY, bytes: THEIRS.length, storageUri: `file://${place}` });
  return world;
}

/** Every row and variant of the key, with the bytes that it names; no hash is that of other bytes. */
async function contentsOf(world: IngestWorld): Promise<readonly string[]> {
  const contents: string[] = [];
  for (const record of await world.catalog.listByArtifact(KEY.artifactId)) {
    for (const { storageUri, sha256 } of [record, ...(await world.catalog.listVariants(record.id))]) {
      const content = await text(world, findPathOfUri(storageUri) ?? "");
      if (sha256 !== null) expect(sha256).toBe(createHash("sha256").update(content).digest("hex"));
      contents.push(content);
    }
  }
  return contents;
}

const CASES = Object.keys(WAYS).flatMap((way) =>
  SETTINGS.flatMap((settings) => ["/outside.txt", "/root/a.txt"].map((place) => ({ way, settings, place }))),
);

describe.each(CASES)("$way, $settings.layout, hashes $settings.computeSha256, of a row at $place", (scene) => {
  const { settings, place } = scene;
  const way = WAYS[scene.way] as Way;

  it.each([
    ["keep", ["AAAAA"]],
    ["replace", ["BBBBB"]],
    ["variant", ["AAAAA", "BBBBB"]],
  ] as const)("does with other bytes of the same size what %s says", async (onChange, expected) => {
    const world = await createScene(settings, "BBBBB", place);
    await way(world, onChange);
    expect(await contentsOf(world)).toEqual(expected);
    expect(await text(world, place)).toBe(THEIRS);
    if (onChange === "keep" && scene.way !== "ingest") expect(await text(world, "/in/b.txt")).toBe("BBBBB");
  });

  it("knows the same bytes, and writes none", async () => {
    const world = await createScene(settings, "AAAAA", place);
    await way(world, "variant");
    expect(await contentsOf(world)).toEqual(["AAAAA"]);
    const [row] = await world.catalog.listByArtifact(KEY.artifactId);
    expect(row?.storageUri).toBe(`file://${place}`);
    expect(await world.context.fs.lstat("/in/b.txt")).toEqual(
      /move/.test(scene.way) ? undefined : expect.objectContaining({ sizeBytes: 5 }),
    );
  });

  it("keeps what nobody can read to compare it", async () => {
    const world = await createScene(settings, "BBBBB", place);
    await world.context.fs.unlink(place);
    await way(world, "keep");
    const [row] = await world.catalog.listByArtifact(KEY.artifactId);
    expect(row).toMatchObject({ sha256: null, storageUri: `file://${place}` });
    if (scene.way !== "ingest") expect(await text(world, "/in/b.txt")).toBe("BBBBB");
  });
});

describe("an import that touches no file", () => {
  it.each([
    ["keep", ["AAAAA"]],
    ["replace", ["BBBBB"]],
    ["variant", ["AAAAA", "BBBBB"]],
  ] as const)("loses no place of a known key in silence, with %s", async (onChange, expected) => {
    const world = await createScene({}, "BBBBB", "/outside.txt");
    const { sql } = world.context;
    if (sql === undefined) throw new TypeError("this world has no catalog");
    const line = { artifact_id: KEY.artifactId, source_url: KEY.sourceUrl, resolver: "r", path: "b.txt", bytes: 5 };
    await write(world.context.fs, "/in/m.jsonl", JSON.stringify(line));
    const findings: string[] = [];
    const run = (): Promise<unknown> =>
      importManifest(
        { ...world.context, sql, placing: world.context },
        { path: "/in/m.jsonl" },
        { hash: "none", onChange, onFinding: ({ kind, message }) => findings.push(`${kind}: ${message}`) },
      );
    await run();
    expect(findings).toEqual([expect.stringMatching(/^changed: .* with bytes that were not compared; /)]);
    expect(await contentsOf(world)).toEqual(expected);
    await run();
    expect(await contentsOf(world)).toEqual(expected);
  });
});

describe("bytes that are a variant of their key already", () => {
  it("are found, and get another place when the one they had is gone", async () => {
    const world = await createScene({}, "BBBBB", "/outside.txt");
    const file = async () => {
      const { outcome, variant, placement } = await world.finalize("/in/b.txt", KEY, {
        transfer: "copy",
        onChange: "variant",
      });
      return { outcome, placement, sha256: variant?.sha256, uri: variant?.storageUri ?? "" };
    };
    const sha256 = createHash("sha256").update("BBBBB").digest("hex");
    const { uri, ...rest } = await file();
    expect(rest).toEqual({ outcome: "variant", placement: "stored", sha256 });
    expect(await file()).toEqual({ outcome: "variant", placement: "dedup", sha256, uri });
    const path = findPathOfUri(uri) ?? "";
    await world.context.fs.unlink(path);
    await write(world.context.fs, path, "broken");
    const again = await file();
    expect(again).toMatchObject({ outcome: "variant", placement: "stored", sha256 });
    expect(again.uri).not.toBe(uri);
    expect(await contentsOf(world)).toEqual(["AAAAA", "BBBBB"]);
  });

  it("are kept where the name is that of other bytes", async () => {
    const world = await createScene({}, "BBBBB", "/outside.txt");
    const [record] = await world.catalog.listByArtifact(KEY.artifactId);
    const name = `changed-${createHash("sha256").update("BBBBB").digest("hex").slice(0, 16)}`;
    const other = { variant: name, storageUri: "file:///none", bytes: 5, sha256: "0".repeat(64) };
    await world.catalog.addVariant(record?.id ?? 0, other);
    const result = await world.finalize("/in/b.txt", KEY, { onChange: "variant" });
    expect(result).toMatchObject({ outcome: "kept", placement: "none" });
    expect(await text(world, "/in/b.txt")).toBe("BBBBB");
    expect(await world.files()).toEqual({});
  });
});

describe("an import by moving where hashing is off", () => {
  it("knows what it moved earlier, and changes nothing", async () => {
    const world = await openWorld({ computeSha256: false });
    await world.context.fs.makeDirectory("/in");
    await write(world.context.fs, "/in/b.txt", "BBBBB");
    const first = (await importing({ into: "move" })(world, "keep")) as { documents: number };
    await world.context.fs.unlink("/in/m.jsonl");
    const second = await importing({ into: "move" })(world, "keep");
    expect([first.documents, second]).toEqual([
      1,
      expect.objectContaining({ documents: 0, repeats: 1, changed: 0, gone: 0 }),
    ]);
    expect(await contentsOf(world)).toEqual(["BBBBB"]);
  });
});
