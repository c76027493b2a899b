import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { IngestOptions } from "../../../src/catalog/ingest/ingest.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import { CollectWorld, pathOf } from "../collect/_collect-world.ts";

/** The name of a row whose bytes are gone, under `policy_path`: nobody else's bytes get it. */

let world: CollectWorld;
let catalog: Catalog;
let lost: DocumentRecord;

const KEY = { artifactId: "a", sourceUrl: "https://example.org/one/paper.txt", resolver: "test" };
const OTHER = { ...KEY, sourceUrl: "https://example.org/two/paper.txt" };

beforeEach(async () => {
  world = new CollectWorld();
  catalog = await world.open();
  lost = (await ingest("lost", KEY)).record;
  await world.fs.unlink(pathOf(lost));
});

afterEach(() => world.close());

function ingest(text: string, key: typeof KEY, options: IngestOptions = {}): ReturnType<Catalog["ingest"]> {
  return catalog.ingest(new TextEncoder().encode(text), key, options);
}

async function results(): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const { result, reason, documents } of catalog.verify()) all.push(`${documents} ${result} ${reason}`);
  return all.sort();
}

describe("a name whose bytes are gone", () => {
  it("is not given to other bytes, so that no two rows disagree about it", async () => {
    const { record } = await ingest("other", OTHER);
    expect(record.storageUri).not.toBe(lost.storageUri);
    expect(await results()).toEqual(["1 missing gone", "2 ok null"]);
  });

  it("goes to the bytes that it is for, whoever brings them", async () => {
    const { record } = await ingest("lost", OTHER);
    expect(record.storageUri).toBe(lost.storageUri);
    expect(await results()).toEqual(["1,2 ok null"]);
  });

  it("is not given to what its own key gets instead, or beside", async () => {
    const variant = await ingest("variant", KEY, { onChange: "variant" });
    expect(await results()).toEqual([" ok null", "1 missing gone"]);
    expect(variant.record.storageUri).toBe(lost.storageUri);
    const { record } = await ingest("replaced", KEY, { onChange: "replace" });
    expect(record.storageUri).not.toBe(lost.storageUri);
    expect(await results()).toEqual([" ok null", "1 ok null"]);
  });

  it("is not given to bytes where only a variant names it", async () => {
    const { record } = await ingest("kept", { ...KEY, artifactId: "b" });
    await catalog.addVariant(record.id, { variant: "v", storageUri: lost.storageUri, bytes: 4, sha256: lost.sha256 });
    await catalog.remove([lost.id]);
    expect((await ingest("other", OTHER)).record.storageUri).not.toBe(lost.storageUri);
  });

  it("may stand for any bytes where nobody knows the hash", async () => {
    await catalog.close();
    await world.change([{ sql: "UPDATE documents SET sha256 = NULL" }]);
    catalog = await world.open();
    expect((await ingest("last", OTHER)).record.storageUri).not.toBe(lost.storageUri);
    const { record } = await ingest("lost", KEY, { onChange: "replace" });
    expect(record.storageUri).not.toBe(lost.storageUri);
    expect(await results()).toEqual(["1 ok null", "2 ok null"]);
  });
});
