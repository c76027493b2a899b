import { expect, it } from "vitest";
import { registerInPlace } from "../../../src/catalog/add/file/register-in-place.ts";
import { CanonicalNames } from "../../../src/catalog/files/canonical-name.ts";
import { importManifest } from "../../../src/catalog/import/import-manifest.ts";
import { relocate } from "../../../src/catalog/relocate/relocate.ts";
import { outcomeOf } from "../import/_scratch-import.ts";
import { type IngestWorld, openWorld, streamOf } from "../ingest/_ingest-world.ts";
import { engineOf } from "./_lease-world.ts";

/** Ways to a row that names a file of the root where it lies. */
const WAYS: Readonly<Record<string, (world: IngestWorld) => Promise<unknown>>> = {
  add: (world) => {
    const meta = { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" };
    const settings = { onChange: "keep" } as Parameters<typeof registerInPlace>[2]["settings"];
    const about = { meta, settings, names: new CanonicalNames(world.context), isNew: false, signal: undefined };
    return registerInPlace({ ...world.context, sql: engineOf(world) }, "/root/files/a", about);
  },
  import: (world) => {
    const context = { ...world.context, sql: engineOf(world), placing: world.context };
    const source = { stream: streamOf(`${outcomeOf("a", { sha256: null })}\n`), name: "-" };
    return importManifest(context, source, { baseDir: "/root" });
  },
  relocate: async (world) => {
    const key = { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" };
    await world.catalog.registerOrGet({ ...key, bytes: 6, storageUri: "file:///elsewhere/a" });
    await relocate({ ...world.context, sql: engineOf(world) }, { from: "/elsewhere", to: "/root/files" }, {});
  },
};

it.each(Object.keys(WAYS))("tells the root of the catalog before it looks at a file there: %s", async (way) => {
  const world = await openWorld();
  const { fs, store } = world.context;
  for (const folder of ["/root", "/root/files"]) await fs.makeDirectory(folder);
  const file = await fs.open("/root/files/a", "create");
  await file.write(new TextEncoder().encode("hello\n"));
  await file.close();
  const seen: number[] = [];
  for (const name of ["open", "lstat", "stat"] as const) {
    const call = fs[name].bind(fs) as (...given: readonly unknown[]) => Promise<unknown>;
    const watched = async (...given: readonly unknown[]): Promise<unknown> => {
      const isRead = name === "open" || way === "relocate";
      if (given[0] === "/root/files/a" && isRead) seen.push((await store.markers.list()).length);
      return call(...given);
    };
    Object.assign(fs, { [name]: watched });
  }
  await WAYS[way]?.(world);
  // A collector that comes now reads the leases of those catalogs only that have a marker.
  expect([seen.length > 0, new Set(seen)]).toEqual([true, new Set([1])]);
  expect((await world.rows()).map(({ storageUri }) => storageUri)).toEqual(["file:///root/files/a"]);
});
