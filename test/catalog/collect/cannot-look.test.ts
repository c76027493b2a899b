import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { ProtectedFiles } from "../../../src/catalog/collect/find/protected-files.ts";
import { OrphanMarks } from "../../../src/catalog/collect/marks/orphan-marks.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import { CatalogError } from "../../../src/errors.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";
import { openWorld } from "../ingest/_ingest-world.ts";

function failing(error: CatalogError): SqlEngine {
  const engine: Partial<SqlEngine> = {
    query: async () => [],
    batch: async () => {
      throw error;
    },
    sync: async () => {},
  };
  return engine as SqlEngine;
}

describe("marks", () => {
  it("say why they could not be written where the catalog takes no writes, and fail for anything else", async () => {
    const busy = new CatalogError("BUSY", "Cannot write: busy", {
      details: { path: "/c", holder: "somebody", waitedMs: 1 },
    });
    const corrupt = new CatalogError("CORRUPT", "Cannot write: damaged", { details: { reason: "damaged" } });
    const thing = { uri: "file:///r/a", bytes: 1, modifiedMs: 1 };
    const marks = new OrphanMarks({ sql: failing(busy), clock: systemClock });
    await marks.look([thing]);
    expect(await marks.write()).toBe("Cannot write: busy");
    const damaged = new OrphanMarks({ sql: failing(corrupt), clock: systemClock });
    await damaged.look([thing]);
    await expect(damaged.write()).rejects.toBe(corrupt);
  });
});

describe("a file that nobody knows", () => {
  const key = parseBlobKey("notes/mine.txt");

  async function objectionWith(change: Partial<BlobStore>): Promise<string | undefined> {
    const { context } = await openWorld();
    const store = new Proxy(context.store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(name in change ? change : target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    return (await ProtectedFiles.open({ ...context, store })).findObjection(key);
  }

  it("stays if it cannot be read, as nobody can see what it is", async () => {
    const denied = new CatalogError("PERMISSION", "no", { details: { path: "/x" } });
    expect(await objectionWith({ requireReadable: () => Promise.reject(denied) })).toBe("cannot be read");
    const broken = new CatalogError("BACKEND", "broken", { details: { what: "read" } });
    await expect(objectionWith({ requireReadable: () => Promise.reject(broken) })).rejects.toBe(broken);
  });

  it("stays in a store that has no files, and goes when it is gone", async () => {
    const uriOf = (): ReturnType<BlobStore["uriOf"]> => "s3://bucket/notes/mine.txt" as ReturnType<BlobStore["uriOf"]>;
    expect(await objectionWith({ uriOf })).toBe("is no file of this machine");
    expect(await objectionWith({})).toBeUndefined();
  });
});
