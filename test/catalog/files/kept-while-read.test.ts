import { describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import { noProcesses } from "../../../src/hosts/engine/no-processes.ts";
import type { BlobStore, TakenBlob } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { lacking } from "../../adapters/blob/_store-world.ts";
import { tryCases } from "../../sampling.ts";
import { outcomeOf } from "../import/_scratch-import.ts";
import { openEngine, streamOf } from "../ingest/_ingest-world.ts";
import { stepped } from "../simulation/stepped-files.ts";

const KEY = parseBlobKey("files/lying");
const PATH = `/root/${KEY}`;
/** So that its type can be told from that of what keeps its name. */
const TEXT = "%PDF-1.4\n";
const META = { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" };

const WAYS: Readonly<Record<string, (catalog: Catalog) => Promise<unknown>>> = {
  "finalize, copy": (catalog) => catalog.finalize(PATH, META, { transfer: "copy" }),
  "finalize, move": (catalog) => catalog.finalize(PATH, META),
  "add --into copy": (catalog) => catalog.add([{ path: PATH }], { into: "copy" }),
  "add --into none": (catalog) => catalog.add([{ path: PATH }], { into: "none" }),
  "import-manifest --into copy": (catalog) => importInto(catalog, "copy"),
  "import-manifest --into move": (catalog) => importInto(catalog, "move"),
};

function importInto(catalog: Catalog, into: "copy" | "move"): Promise<unknown> {
  const stream = streamOf(`${outcomeOf("a", { path: PATH, sha256: null, bytes: null, content_type: null })}\n`);
  return catalog.importManifest({ stream, name: "-" }, { baseDir: "/root", into });
}

const DEVICES: Readonly<Record<string, () => FileSystem>> = {
  links: () => createMemoryFileSystem(),
  clones: () => createMemoryFileSystem({ clone: true }),
  neither: () => lacking(createMemoryFileSystem(), "hardlink"),
};

async function makeFile(files: FileSystem): Promise<void> {
  for (const folder of ["/root", "/root/files"]) await files.makeDirectory(folder);
  const handle = await files.open(PATH, "create");
  await handle.write(new TextEncoder().encode(TEXT));
  await handle.close();
}

/** A collector that takes the file at one call, and gives it back some calls later. */
class Collector {
  calls = 0;
  isArmed = false;
  readonly #store: BlobStore;
  readonly #plan: { readonly takeAt: number; readonly giveBackAt: number };
  #taken: TakenBlob | undefined;

  constructor(store: BlobStore, plan: { readonly takeAt: number; readonly giveBackAt: number }) {
    this.#store = store;
    this.#plan = plan;
  }

  async step(label: string): Promise<void> {
    if (!this.isArmed || !/lying|\.staging\//.test(label)) return;
    this.calls += 1;
    if (this.calls === this.#plan.takeAt) {
      const found = await this.#store.stat(KEY);
      this.#taken = found && (await this.#store.take(KEY, { found, run: this.#store.newRun(), keepName: true }));
    }
    if (this.calls === this.#plan.giveBackAt) await this.settle();
  }

  async settle(): Promise<void> {
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken !== undefined) await this.#store.giveBack(taken);
  }
}

async function openOver(fs: FileSystem): Promise<Catalog> {
  const store = await openFileBlobStore({ fs, rootDir: "/root", entropy: webCryptoEntropy });
  const shared = { clock: systemClock, entropy: webCryptoEntropy, processes: noProcesses, telemetry: noTelemetry };
  const placing = { layout: "policy_path", pathTemplate: "stored/{artifact_id}" } as const;
  const about = { hashers: { core: createNativeHasher() }, logger: { log: () => {} }, placing };
  return openCatalog({ fs, sql: await openEngine(), store, ...shared, ...about });
}

describe("what keeps the name of a file in the root for a collector", () => {
  const cases = Object.keys(WAYS).flatMap((way) =>
    Object.keys(DEVICES)
      .filter((device) => device === "links" || way.startsWith("finalize"))
      .map((device) => [way, device] as const),
  );

  it.each(cases)("is never stored by %s on a device with %s, whenever it comes and goes", async (way, device) => {
    for (const gap of [1, Number.POSITIVE_INFINITY]) {
      await tryCases({ every: 5, from: 1 }, async (takeAt) => {
        const files = DEVICES[device]?.() ?? createMemoryFileSystem();
        await makeFile(files);
        const store = await openFileBlobStore({ fs: files, rootDir: "/root", entropy: webCryptoEntropy });
        const collector = new Collector(store, { takeAt, giveBackAt: takeAt + gap });
        const catalog = await openOver(stepped(files, (label) => collector.step(label)));
        collector.isArmed = true;
        await WAYS[way]?.(catalog).catch(() => undefined);
        collector.isArmed = false;
        await collector.settle();
        for await (const { bytes, contentType } of catalog.search()) {
          expect([bytes, contentType], `taken at ${takeAt}, for ${gap}`).toEqual([TEXT.length, "application/pdf"]);
        }
        for await (const page of store.list()) {
          for (const { key } of page) {
            // That one has a second name for a moment, under which nobody looks for content.
            if (key?.endsWith(".removing")) continue;
            const stream = key && (await store.open(key));
            expect(stream && (await new Response(stream).text()), `${key} ${takeAt} ${gap}`).toBe(TEXT);
          }
        }
        await catalog.close();
        return collector.calls >= takeAt;
      });
    }
  });
});
