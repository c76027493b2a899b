import { describe, expect, it } from "vitest";
import { hashOf, type OriginWorld, openOriginWorld } from "./_origin-world.ts";

/*
 * Each way that bytes come to be where a row names them, and each way that the row loses them: the line about it says
 * whose they are, and has their hash and size.
 */

const TEXT = "hello\n";
const OTHER = "others\n";

interface Scene {
  readonly storage?: Parameters<typeof openOriginWorld>[0];
  readonly catalog?: { readonly computeSha256: false };
  /** Brings the bytes there, as the document of the key; gives their URI. */
  readonly begin: (world: OriginWorld) => Promise<unknown>;
  readonly origin: "placed" | "in_place" | "registered";
  /** Where they are, if it is not what the row says. */
  readonly uri: RegExp;
}

const CAS = { storage: { layout: "cas" }, uri: /^file:\/\/\/root\/cas\/sha256\/[0-9a-f]{2}\/[0-9a-f]{62}$/ } as const;
const POLICY = { uri: /^file:\/\/\/root\/r\/.*\/x\.txt$/ } as const;

const SCENES: Readonly<Record<string, Scene>> = {
  "ingested, cas": { ...CAS, begin: (world) => world.ingest(TEXT), origin: "placed" },
  "ingested, policy_path": { ...POLICY, begin: (world) => world.ingest(TEXT), origin: "placed" },
  "ingested as a second name": {
    ...POLICY,
    begin: async (world) => {
      await world.ingest(TEXT, undefined, { artifactId: "first" });
      await world.ingest(TEXT);
      expect((await world.fs.stat("/root/r/first/x.txt"))?.links).toBe(2);
    },
    origin: "placed",
  },
  "ingested without a hash": {
    ...POLICY,
    catalog: { computeSha256: false },
    begin: (world) => world.ingest(TEXT),
    origin: "registered",
  },
  "ingested where others have put them": {
    storage: { pathTemplate: "{basename}" },
    begin: async (world) => {
      await world.write("/root/x.txt", TEXT);
      expect(await world.ingest(TEXT)).toBe("file:///root/x.txt");
    },
    origin: "registered",
    uri: /^file:\/\/\/root\/x\.txt$/,
  },
  "added as a copy": {
    uri: /^file:\/\/\/root\/r\/.*\/a$/,
    begin: async (world) => {
      await world.write("/in/a", TEXT);
      await world.add("/in/a", "copy");
    },
    origin: "placed",
  },
  "imported into the root": {
    uri: /^file:\/\/\/root\/r\/.*\/a$/,
    begin: async (world) => {
      await world.write("/in/a", TEXT);
      await world.runImport("/in/a", { into: "move" });
    },
    origin: "placed",
  },
  "imported in place and then added": {
    uri: /^file:\/\/\/root\/r\/.*\/a$/,
    begin: async (world) => {
      await world.write("/in/a", TEXT);
      await world.runImport("/in/a");
      await world.add("/in/a", "copy");
    },
    origin: "placed",
  },
  "added where they lie": {
    uri: /^file:\/\/\/root\/own\/a$/,
    begin: async (world) => {
      await world.write("/root/own/a", TEXT);
      await world.add("/root/own/a", "none");
    },
    origin: "in_place",
  },
  "imported where they lie": {
    uri: /^file:\/\/\/root\/own\/a$/,
    begin: async (world) => {
      await world.write("/root/own/a", TEXT);
      await world.runImport("/root/own/a");
    },
    origin: "in_place",
  },
  "registered by a URI": {
    uri: /^file:\/\/\/root\/own\/a$/,
    begin: async (world) => {
      await world.write("/root/own/a", TEXT);
      await world.register("file:///root/own/a", TEXT);
    },
    origin: "registered",
  },
  "registered by a URI that has a name of the layout cas elsewhere": {
    uri: /^file:\/\/\/other\/cas\/sha256\//,
    begin: async (world) => {
      const sha256 = await hashOf(TEXT);
      await world.register(`file:///other/cas/sha256/${sha256.slice(0, 2)}/${sha256.slice(2)}`, TEXT);
    },
    origin: "registered",
  },
  "registered by a URI below cas that says another hash": {
    uri: /^file:\/\/\/root\/cas\/sha256\//,
    begin: (world) => world.register(`file:///root/cas/sha256/ab/${"c".repeat(62)}`, TEXT),
    origin: "registered",
  },
  "registered by a URI below cas that has no prefix": {
    uri: /^file:\/\/\/root\/cas\/5/,
    begin: async (world) => {
      const sha256 = await hashOf(TEXT);
      await world.register(`file:///root/cas/${sha256.slice(0, 2)}/${sha256.slice(2)}`, TEXT);
    },
    origin: "registered",
  },
};

const WAYS: Readonly<Record<string, (world: OriginWorld) => Promise<unknown>>> = {
  remove: async (world) => world.catalog.remove([(await world.row()).id]),
  registerOrGet: (world) => world.register("s3://bucket/other", OTHER, "replace"),
  ingest: (world) => world.ingest(OTHER, "replace"),
  "add, which copies": async (world) => {
    await world.write("/in/other", OTHER);
    await world.add("/in/other", "copy", "replace");
  },
  "add, where it lies": async (world) => {
    await world.write("/in/other", OTHER);
    await world.add("/in/other", "none", "replace");
  },
  "import, where it lies": async (world) => {
    await world.write("/in/other", OTHER);
    await world.runImport("/in/other", { onChange: "replace" });
  },
  "import, which copies": async (world) => {
    await world.write("/in/other", OTHER);
    await world.runImport("/in/other", { onChange: "replace", into: "copy" });
  },
};

async function begin({ storage, catalog, begin: run }: Scene): Promise<OriginWorld> {
  const world = await openOriginWorld(storage, { catalog });
  await run(world);
  return world;
}

describe.each(Object.entries(SCENES))("bytes that were %s", (_name, scene) => {
  it.each(Object.entries(WAYS))("are recorded with what they are: %s", async (way, run) => {
    const world = await begin(scene);
    const before = await world.row();
    expect(before.storageUri).toMatch(scene.uri);
    await run(world);
    // What was computed meanwhile to compare the bytes is on record, too.
    const sha256 = scene.catalog === undefined ? await hashOf(TEXT) : expect.toSatisfy((each) => each !== undefined);
    const line = { uri: before.storageUri, sha256, bytes: TEXT.length, origin: scene.origin };
    expect(await world.removals()).toEqual([{ verb: way === "remove" ? "remove" : "replace", ...line }]);
    await world.catalog.close();
  });
});
