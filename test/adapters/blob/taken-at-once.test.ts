import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { type BlobKey, parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { BlobStore, StagedBlob, TakenBlob } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { evidenceFor } from "../../../src/testing/blob-store/place.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { lacking, openStore } from "./_store-world.ts";

const [KEY, FIRST] = ["papers/one/a.pdf", "first"].map(parseBlobKey) as [BlobKey, BlobKey];

async function stage(store: BlobStore, text = "bytes"): Promise<StagedBlob> {
  const writer = await store.stage();
  await writer.write(new TextEncoder().encode(text));
  return writer.finish();
}

async function put(store: BlobStore, key: BlobKey): Promise<void> {
  const staged = await stage(store);
  expect(await store.place(staged, key)).toBe(true);
  await store.dropStaged(staged);
}

async function take(store: BlobStore, key: BlobKey, keepName: boolean): Promise<TakenBlob | undefined> {
  const found = await store.stat(key);
  return found && store.take(key, { found, run: store.newRun(), keepName });
}

/** What a collector does with the blob that it finds; `taken` is what it has in the trash. */
const COLLECTORS: Readonly<Record<string, (store: BlobStore) => Promise<unknown>>> = {
  "takes it": (store) => take(store, KEY, false),
  "takes it and keeps its name": (store) => take(store, KEY, true),
  "deletes it": async (store) => {
    const taken = await take(store, KEY, true);
    if (taken !== undefined) await store.dropTaken(taken);
  },
  "puts it into quarantine": async (store) => {
    const found = await store.stat(KEY);
    const evidence = evidenceFor(store);
    return found && store.setAside(KEY, { found, evidence });
  },
  "keeps it for people": async (store) => {
    const taken = await take(store, KEY, false);
    if (taken !== undefined) await store.keepTaken(taken);
  },
};

const WAYS: Readonly<Record<string, (store: BlobStore) => Promise<unknown>>> = {
  place: async (store) => store.place(await stage(store), KEY),
  "place of a file of the machine": async (store) => {
    const staged = await store.adopt("/mine", "link");
    return staged && store.place(staged, KEY);
  },
  share: (store) => store.share(FIRST, KEY),
  giveBack: async (store) => {
    const taken = await take(store, FIRST, false);
    return taken && store.giveBack(taken, { to: KEY });
  },
};

const DEVICES: Readonly<Record<string, () => FileSystem>> = {
  links: () => createMemoryFileSystem(),
  "no links": () => lacking(createMemoryFileSystem(), "hardlink"),
};

describe("a blob that a collector finds as soon as it has its name", () => {
  const cases = Object.keys(WAYS).flatMap((way) =>
    Object.keys(COLLECTORS).flatMap((collector) =>
      Object.keys(DEVICES).map((device) => [way, collector, device] as const),
    ),
  );

  it.each(cases)(
    "is no folder that was swapped: %s while one %s, on a device with %s",
    async (way, collector, device) => {
      const results = new Set<unknown>();
      let met = 0;
      for (let failAt = 1; ; failAt += 1) {
        const files = DEVICES[device]?.() ?? createMemoryFileSystem();
        const handle = await files.open("/mine", "create");
        await handle.write(new TextEncoder().encode("bytes"));
        await handle.close();
        const other = await openStore(files);
        await put(other, FIRST);
        const change = async (): Promise<void> => {
          if ((await other.stat(KEY))?.sizeBytes !== 5) return;
          met += 1;
          await COLLECTORS[collector]?.(other);
        };
        const fs = createFaultyFileSystem(files, { failAt, effect: "change", change });
        const store = await openStore(fs);
        const result = await WAYS[way]?.(store).catch((error: unknown) => {
          // Where a file has one name only, this looks like a swap, as nothing is left of it.
          if (device !== "no links" || collector !== "deletes it") throw error;
          return isCatalogError(error, "REFUSED") ? "refused" : error;
        });
        results.add(result);
        // Whoever was told that it is taken can go round again.
        if (result === false) {
          const isKept = await store.isKept(KEY);
          expect(await store.place(await stage(store), KEY), `call ${failAt}`).toBe(!isKept);
        }
        if (fs.faults === 0) break;
      }
      const [unlinked, impossible] = [device === "no links", results.has("impossible") || results.has(undefined)];
      if (impossible) return;
      expect(met).toBeGreaterThan(0);
      const [placed, taken] =
        way === "share" ? ["linked", "taken"] : way === "giveBack" ? ["back", "taken"] : [true, false];
      // What keeps the name has it: then nothing is to be seen. Where a file has one name only, it had it.
      const isSeen = !unlinked && collector !== "takes it and keeps its name";
      results.delete("refused");
      expect([...results].sort()).toEqual((isSeen ? [placed, taken] : [placed]).sort());
    },
  );
});
