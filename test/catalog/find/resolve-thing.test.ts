import { beforeEach, describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { CanonicalNames } from "../../../src/catalog/files/canonical-name.ts";
import { type ResolvedThing, resolveThing } from "../../../src/catalog/find/resolve-thing.ts";
import { hashOf, type OriginWorld, openOriginWorld } from "../origins/_origin-world.ts";

let world: OriginWorld;

beforeEach(async () => {
  world = await openOriginWorld();
});

async function resolve(word: string, workingDirectory?: string): Promise<ResolvedThing> {
  const { fs, other: sql } = world;
  const store = await openFileBlobStore({ fs, entropy: webCryptoEntropy, rootDir: "/root" });
  await sql.query({ sql: "SELECT 1" }, { fresh: true });
  return resolveThing({ sql, names: new CanonicalNames({ fs, store }) }, word, { workingDirectory });
}

const ids = ({ documents }: ResolvedThing): readonly number[] => documents.map(({ id }) => id);

describe("what a word names", () => {
  it("is a row by its id, artifact id, source URL, hash, the start of it, URI and path", async () => {
    const uri = await world.ingest("the bytes");
    const { id, artifactId, sourceUrl } = await world.row();
    const hash = await hashOf("the bytes");
    const path = new URL(uri).pathname;
    for (const word of [String(id), artifactId, sourceUrl, hash, hash.slice(0, 4), hash.toUpperCase(), uri, path]) {
      expect([word, ids(await resolve(word))]).toEqual([word, [id]]);
    }
    expect(ids(await resolve(`../root/.${path.slice("/root".length)}`, "/root"))).toEqual([id]);
    for (const word of [String(id + 1), "doi:10.1/y", hash.slice(0, 3), "/root/x", path.slice(1)]) {
      expect([word, ids(await resolve(word))]).toEqual([word, []]);
    }
  });

  it("is all that fits", async () => {
    const word = "1234";
    await world.run({
      sql: `INSERT INTO documents (id, artifact_id, source_url, resolver, bytes, storage_uri, created_at, updated_at)
        VALUES (1234, 'numbered', 'u', 'r', 1, 's3://b/k', '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z')`,
    });
    await world.ingest("other bytes", undefined, { artifactId: word });
    const sha256 = `${word}${"0".repeat(60)}`;
    const hashed = { artifactId: "hashed", sourceUrl: "u", resolver: "r", bytes: 1, sha256, storageUri: "s3://b/k" };
    await world.catalog.registerOrGet(hashed);
    await world.catalog.registerOrGet({
      ...hashed,
      artifactId: "placed",
      sha256: null,
      storageUri: `file:///w/${word}`,
    });
    const { documents } = await resolve(word, "/w");
    expect(documents.map(({ artifactId }) => artifactId).sort()).toEqual([word, "hashed", "numbered", "placed"]);
  });

  it("is a place, however rows write it", async () => {
    const uri = await world.ingest("the bytes");
    const { id } = await world.row();
    const odd = uri.replace("file:///root/", "FILE://localhost/root/./").replace(/x\.txt$/, "%78.txt");
    await world.run({ sql: "UPDATE documents SET storage_uri = ?", parameters: [odd] });
    expect(ids(await resolve(uri))).toEqual([id]);
    expect(ids(await resolve(odd))).toEqual([id]);
    await world.catalog.addVariant(id, { variant: "html", storageUri: "file:///elsewhere/x", bytes: 1 });
    await world.run({ sql: "UPDATE variants SET storage_uri = 'file:///elsewhere/./x'" });
    expect((await resolve("/elsewhere/x")).variants).toMatchObject([{ variant: "html" }]);
  });

  it("is the file that bytes came from", async () => {
    await world.write("/downloads/x.txt", "the bytes");
    await world.add("/downloads/x.txt", "copy");
    const { id } = await world.row();
    expect(ids(await resolve("x.txt", "/downloads"))).toEqual([id]);
    await world.catalog.add([{ path: "/downloads/x.txt" }], { into: "copy" });
    await world.write("/downloads/y.txt", "other bytes");
    await world.catalog.add([{ path: "/downloads/y.txt" }]);
    const [added] = await world.catalog.listByUrl("file:///downloads/y.txt");
    await world.catalog.remove([added?.id ?? 0]);
    expect((await resolve("/downloads/y.txt")).removals).toMatchObject([{ record: { id: added?.id } }]);
  });

  it("is a row that is gone", async () => {
    const uri = await world.ingest("the bytes");
    const { id, artifactId, sourceUrl } = await world.row();
    await world.ingest("of others", undefined, { artifactId: "doi:10.1/X", sourceUrl: "https://example.org/X" });
    const [{ operationId } = { operationId: "" }] = await world.catalog.remove([id]);
    await world.catalog.remove((await world.catalog.listByArtifact("doi:10.1/X")).map((record) => record.id));
    const odd = uri.replace(/x\.txt$/, "%78.txt");
    await world.run({ sql: "UPDATE removals SET uri = ? WHERE uri = ?", parameters: [odd, uri] });
    const hash = await hashOf("the bytes");
    for (const word of [String(id), artifactId, sourceUrl, hash, hash.slice(0, 8), uri, new URL(uri).pathname]) {
      const { documents, removals } = await resolve(word);
      expect([word, documents, removals.map(({ plan }) => plan)]).toEqual([word, [], [operationId]]);
    }
  });

  it("is nothing where a word is empty", async () => {
    await expect(resolve(" ")).rejects.toThrow(TypeError);
    await expect(resolve("a\0")).rejects.toThrow(TypeError);
  });
});
