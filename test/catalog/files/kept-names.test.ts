import { describe, expect, it } from "vitest";
import { registerInPlace } from "../../../src/catalog/add/file/register-in-place.ts";
import { CanonicalNames } from "../../../src/catalog/files/canonical-name.ts";
import { KeptNames } from "../../../src/catalog/files/kept-names.ts";
import { importManifest } from "../../../src/catalog/import/import-manifest.ts";
import type { ImportFinding } from "../../../src/catalog/import/import-options.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { TakenBlob } from "../../../src/ports/blob-store.ts";
import { HELLO_SHA256, outcomeOf } from "../import/_scratch-import.ts";
import { type IngestWorld, openWorld, streamOf } from "../ingest/_ingest-world.ts";
import { engineOf } from "../leases/_lease-world.ts";

const PATH = "/root/files/a";
const KEY = parseBlobKey("files/a");

async function createWorld(options: { readonly computeSha256?: boolean } = {}): Promise<IngestWorld> {
  const world = await openWorld(options);
  const { fs } = world.context;
  for (const folder of ["/root", "/root/files"]) await fs.makeDirectory(folder);
  const file = await fs.open(PATH, "create");
  await file.write(new TextEncoder().encode("hello\n"));
  await file.close();
  return world;
}

/** What a collector does that is not sure yet: a placeholder keeps the name. */
async function take({ context: { store } }: IngestWorld): Promise<TakenBlob> {
  const found = await store.stat(KEY);
  const taken = found && (await store.take(KEY, { found, run: store.newRun(), keepName: true }));
  if (taken === undefined) throw new Error("nothing was taken");
  return taken;
}

function add(world: IngestWorld): Promise<unknown> {
  const meta = { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" };
  const settings = { onChange: "keep" } as Parameters<typeof registerInPlace>[2]["settings"];
  const about = { meta, settings, names: new CanonicalNames(world.context), isNew: false, signal: undefined };
  return registerInPlace({ ...world.context, sql: engineOf(world) }, PATH, about);
}

async function runImport(world: IngestWorld, line: Record<string, unknown>): Promise<readonly ImportFinding[]> {
  const findings: ImportFinding[] = [];
  const context = { ...world.context, sql: engineOf(world), placing: world.context };
  const source = { stream: streamOf(`${outcomeOf("a", line)}\n`), name: "-" };
  await importManifest(context, source, { baseDir: "/root", onFinding: (finding) => findings.push(finding) });
  return findings;
}

describe("a file of the root that a collector has taken for a moment", () => {
  it.each([true, false])("is not added as what keeps its name, hashed: %s", async (computeSha256) => {
    const world = await createWorld({ computeSha256 });
    const taken = await take(world);
    await expect(add(world)).rejects.toMatchObject({ code: "CONFLICT", message: /a collector has taken it/ });
    expect(await world.rows()).toEqual([]);
    await world.context.store.giveBack(taken);
    await add(world);
    expect(await world.rows()).toMatchObject([{ bytes: 6, sha256: computeSha256 ? HELLO_SHA256 : null }]);
  });

  it.each([null, HELLO_SHA256])("is not imported as what keeps its name, with the hash %s", async (sha256) => {
    const world = await createWorld();
    const taken = await take(world);
    expect(await runImport(world, { sha256 })).toMatchObject([{ kind: "unstable" }]);
    expect(await world.rows()).toEqual([]);
    await world.context.store.giveBack(taken);
    expect(await runImport(world, { sha256 })).toEqual([]);
    expect(await world.rows()).toMatchObject([{ bytes: 6, sha256: HELLO_SHA256 }]);
  });

  it("is not what was looked at a moment before it was given back", async () => {
    const { context } = await createWorld();
    const kept = new KeptNames(context, new CanonicalNames(context));
    expect([await kept.isContent(PATH, 293), await kept.isContent(PATH, 6)]).toEqual([false, true]);
  });

  it("is read again when it is given back while its placeholder is read", async () => {
    const world = await createWorld();
    const { fs, store } = world.context;
    const taken = await take(world);
    const isKept = store.isKept.bind(store);
    const watched = async (...given: Parameters<typeof isKept>): Promise<boolean> => {
      Object.assign(store, { isKept });
      await store.giveBack(taken);
      return isKept(...given);
    };
    Object.assign(store, { isKept: watched });
    await add(world);
    expect(await world.rows()).toMatchObject([{ bytes: 6, sha256: HELLO_SHA256 }]);
    expect(new TextDecoder().decode(await fs.readFile(PATH))).toBe("hello\n");
  });
});

it("asks no store for files elsewhere, or where there is none", async () => {
  const { context } = await createWorld();
  await context.fs.makeDirectory("/elsewhere");
  const names = new CanonicalNames(context);
  for (const kept of [new KeptNames(context, names), new KeptNames({ fs: context.fs }, names)]) {
    expect([await kept.isKept("/elsewhere/a"), await kept.isContent("/elsewhere/a", 5)]).toEqual([false, true]);
  }
});
