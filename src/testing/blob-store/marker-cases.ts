import { parseBlobKey } from "../../core/naming/blob-key.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import { assertEquals } from "../assert.ts";

/** What the port says about markers. */
export const markerCases: Readonly<Record<string, (store: BlobStore) => Promise<void>>> = {
  "markers: none in a new root": async ({ markers }) => {
    assertEquals(await markers.list(), []);
    assertEquals(await markers.read("a"), undefined);
    await markers.drop("a");
  },

  "markers: are read as they were written, last": async (store) => {
    const { markers } = store;
    await markers.write("a", encode("one"));
    await markers.write("b", encode("two"));
    await markers.write("a", encode("three"));
    assertEquals(await textsOf(store), ["a three", "b two"]);
    assertEquals(decode((await markers.read("a"))?.bytes), "three");
    await markers.drop("a");
    await markers.drop("a");
    assertEquals(await textsOf(store), ["b two"]);
  },

  "markers: lie where their names say, and leave nothing staged": async (store) => {
    await store.markers.write("a", encode("one"));
    assertEquals((await store.stat(parseBlobKey(".content-catalog/a")))?.sizeBytes, 3);
    const staged: unknown[] = [];
    for await (const found of store.listStaged()) staged.push(found);
    assertEquals(staged, []);
  },

  "markers: what is too long says nothing": async ({ markers }) => {
    await markers.write("a", new Uint8Array(65_537));
    assertEquals(await markers.read("a"), { name: "a", bytes: undefined });
    assertEquals(await markers.list(), [{ name: "a", bytes: undefined }]);
  },
};

async function textsOf({ markers }: BlobStore): Promise<readonly string[]> {
  return (await markers.list()).map(({ name, bytes }) => `${name} ${decode(bytes)}`).sort();
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}
