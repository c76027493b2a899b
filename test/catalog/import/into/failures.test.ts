import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { importManifest } from "../../../../src/catalog/import/import-manifest.ts";
import type { ImportFinding, ImportOptions, ImportSummary } from "../../../../src/catalog/import/import-options.ts";
import { MovedFiles } from "../../../../src/catalog/import/into/moved-files.ts";
import { ingest } from "../../../../src/catalog/ingest/ingest.ts";
import type { IngestResult } from "../../../../src/catalog/ingest/ingest-request.ts";
import { type Leases, noLeases } from "../../../../src/catalog/leases/lease.ts";
import { parseStorageUri } from "../../../../src/core/storage-uri.ts";
import { CatalogError } from "../../../../src/errors.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import { type IngestWorld, openWorld, type WorldOptions } from "../../ingest/_ingest-world.ts";
import { outcomeOf } from "../_scratch-import.ts";

/** A world with the files a and b to import, and a manifest of both. */
async function createWorld(wrap: (fs: FileSystem) => FileSystem, options: WorldOptions = {}): Promise<IngestWorld> {
  const fs = createMemoryFileSystem();
  await fs.makeDirectory("/in");
  await fs.makeDirectory("/in/files");
  for (const [name, text] of [
    ["files/a", "alpha!"],
    ["files/b", "hello\n"],
    ["manifest.jsonl", `${outcomeOf("a", { sha256: null })}\n${outcomeOf("b")}\n`],
  ] as const) {
    const handle = await fs.open(`/in/${name}`, "create");
    await handle.write(new TextEncoder().encode(text));
    await handle.close();
  }
  return openWorld({ layout: "cas", ...options, fs: wrap(fs) });
}

async function run(
  { context }: IngestWorld,
  options: ImportOptions = {},
): Promise<{ summary: ImportSummary; findings: ImportFinding[] }> {
  const findings: ImportFinding[] = [];
  const { sql } = context;
  if (sql === undefined) throw new TypeError("this world has no catalog");
  const onFinding = (finding: ImportFinding): void => void findings.push(finding);
  const summary = await importManifest(
    { ...context, sql, placing: context },
    { path: "/in/manifest.jsonl" },
    { into: "copy", onFinding, ...options },
  );
  return { summary, findings };
}

/** A file system on which opening the file a to read it fails, after `before` has been at work. */
function failingOnOpen(error: () => Error, before: (fs: FileSystem) => Promise<void> = async () => {}) {
  return (fs: FileSystem): FileSystem =>
    new Proxy(fs, {
      get: (target, name) => {
        if (name !== "open") {
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        }
        return async (...call: Parameters<FileSystem["open"]>) => {
          if (call[0] !== "/in/files/a") return target.open(...call);
          await before(target);
          throw error();
        };
      },
    });
}

const posix = (code: string) => (): Error => Object.assign(new Error(code), { code });

describe("importing files that fail while they are taken in", () => {
  it("reports one that cannot be read, and imports the rest", async () => {
    const world = await createWorld(failingOnOpen(posix("EIO")));
    const { summary, findings } = await run(world);
    expect(summary).toMatchObject({ documents: 1, unreadable: 1 });
    expect(findings[0]?.message).toContain("cannot be read");
  });

  it("reports one that vanishes", async () => {
    const world = await createWorld(failingOnOpen(posix("ENOENT"), (fs) => fs.unlink("/in/files/a").catch(() => {})));
    expect((await run(world)).summary).toMatchObject({ documents: 1, gone: 1 });
  });

  it("reports one that is written to", async () => {
    const conflict = (): Error =>
      new CatalogError("CONFLICT", "Cannot ingest it: it was written to", { details: { reason: "written to" } });
    const world = await createWorld(failingOnOpen(conflict));
    expect((await run(world)).summary).toMatchObject({ documents: 1, unstable: 1 });
  });

  it("stops at trouble of the whole, and at an abort", async () => {
    const broken = await createWorld(failingOnOpen(() => new TypeError("a mistake")));
    await expect(run(broken)).rejects.toThrow("a mistake");
    const controller = new AbortController();
    const aborted = await createWorld(failingOnOpen(posix("EIO"), async () => controller.abort("enough")));
    await expect(run(aborted, { signal: controller.signal })).rejects.toBe("enough");
    expect(await aborted.files("/root/.staging")).toEqual({});
    expect((await run(await createWorld((fs) => fs))).summary.documents).toBe(2);
  });

  it("reports bytes that cannot get a place, and imports the rest", async () => {
    const conflict = new CatalogError("CONFLICT", "Cannot store it: it is taken", { details: { reason: "taken" } });
    const acquire: Leases["acquire"] = async (requests) => {
      if (requests.some(({ uri }) => uri.endsWith("/a"))) throw conflict;
      return noLeases.acquire(requests);
    };
    const world = await createWorld((fs) => fs, { layout: "policy_path", leases: { acquire } });
    const { summary, findings } = await run(world);
    expect(summary).toMatchObject({ documents: 1, unstable: 1 });
    expect(findings[0]?.message).toContain("was not stored: Cannot store it");
  });

  it("hashes nothing where hashing is off", async () => {
    const world = await createWorld((fs) => fs, { computeSha256: false });
    expect((await run(world)).summary).toMatchObject({ documents: 2, filesHashed: 0, bytesHashed: 0 });
    expect((await world.rows()).map(({ sha256 }) => sha256)).toEqual([null, null]);
  });
});

describe("MovedFiles", () => {
  it("remembers the last ones", async () => {
    const { context } = await createWorld((fs) => fs);
    const { record } = await createAndStore(context);
    const files = new MovedFiles();
    const moved = { storageUri: record.storageUri, bytes: record.bytes, sha256: record.sha256 };
    for (let index = 0; index <= 100_000; index++) files.add(`/${index}`, moved);
    expect(await files.find(context, "/0", undefined)).toBeUndefined();
    expect(await files.find(context, "/1", undefined)).toMatchObject(moved);
    const lost = { ...moved, storageUri: parseStorageUri("file:///root/none") };
    expect(await files.find(context, "/1", lost)).toBeUndefined();
  });
});

function createAndStore(context: IngestWorld["context"]): Promise<IngestResult> {
  const meta = { artifactId: "a", sourceUrl: "u:a", resolver: "r" };
  return ingest(context, new TextEncoder().encode("bytes"), meta, {});
}
