import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import { noProcesses } from "../../../src/hosts/engine/no-processes.ts";
import { openEngine } from "../ingest/_ingest-world.ts";
import {
  type Intercept,
  interceptedFileSystem,
  openWithOne,
  pathOf,
  type RepairWorld,
  repairAll,
  repairOne,
  stepsOf,
  systemError,
} from "./_repair-world.ts";

const SOURCE = "https://example.org/one";
const COPY = "/elsewhere/copy.txt";

let world: RepairWorld;
let catalog: Catalog;
let record: DocumentRecord;
/** What happens to calls of the file system; a test may set it. */
let intercept: Intercept;

beforeEach(async () => {
  intercept = () => undefined;
  const fs = interceptedFileSystem(createMemoryFileSystem(), (...call) => intercept(...call));
  ({ world, catalog, record } = await openWithOne({ fs }));
  await world.fs.unlink(pathOf(record));
});

afterEach(async () => {
  intercept = () => undefined;
  expect(Object.keys(await world.files()).filter((name) => name.startsWith(".staging/"))).toEqual([]);
  await world.close();
});

/** Registers another file with the same bytes on record. */
async function addCopy(text = "right"): Promise<void> {
  await world.write(COPY, text);
  const { bytes, sha256 } = record;
  const meta = { artifactId: "copy", sourceUrl: "https://example.org/copy", resolver: "x", bytes, sha256 };
  await catalog.registerOrGet({ ...meta, contentType: "text/plain", runId: null, storageUri: `file://${COPY}` });
}

/** Does something before a file is opened, but not within that. */
function onOpen(path: string, work: () => Promise<unknown>): void {
  let isWithin = false;
  intercept = (operation, [at]) => {
    if (operation !== "open" || at !== path || isWithin) return undefined;
    isWithin = true;
    return work().finally(() => {
      isWithin = false;
    });
  };
}

describe("another file that has the bytes on record", () => {
  beforeEach(() => addCopy());

  it.each([
    ["EACCES", "unavailable", "it cannot be read (PERMISSION)"],
    ["EIO", "unavailable", "it cannot be read (BACKEND)"],
    ["ENOENT", "gone", null],
  ])("is passed over when it cannot be read: %s", async (code, result, message) => {
    onOpen(COPY, () => Promise.reject(systemError(code)));
    const { steps, outcome } = await repairOne(catalog, record.id);
    expect(steps[0]).toMatchObject({ origin: "copy", result, message });
    expect(outcome).toBe(result === "gone" ? "lost" : "unavailable");
  });

  it("is passed over when it is written to at that moment", async () => {
    onOpen(COPY, async () => {
      intercept = () => undefined;
      await world.write(COPY, "right and more");
      return undefined;
    });
    const { steps } = await repairOne(catalog, record.id);
    expect(steps[0]).toMatchObject({ result: "unavailable", message: "it is being written to" });
  });

  it("is passed over when a folder has its name", async () => {
    await world.replaceByFolder(COPY);
    expect(stepsOf(await repairOne(catalog, record.id))[0]).toBe(`copy file://${COPY} gone`);
  });

  it("ends the run when nobody can tell what is wrong with it", async () => {
    onOpen(COPY, () => Promise.reject(new TypeError("odd")));
    await expect(repairOne(catalog, record.id)).rejects.toThrow("odd");
  });

  it("ends the run when there is no room for it", async () => {
    intercept = (operation, [at, mode]) =>
      operation === "open" && mode === "create" && String(at).includes("/.staging/")
        ? Promise.reject(systemError("ENOSPC"))
        : undefined;
    await expect(repairOne(catalog, record.id)).rejects.toMatchObject({ code: "NO_SPACE" });
  });

  it("is read no further when the run is aborted", async () => {
    const abort = new AbortController();
    onOpen(COPY, async () => abort.abort(new Error("enough")));
    await expect(repairOne(catalog, record.id, { signal: abort.signal })).rejects.toThrow("enough");
    expect(await world.read(pathOf(record))).toBeUndefined();
  });

  it("gives no more people the right to read than it gave itself, nor does the damaged one", async () => {
    const modeOf = async (): Promise<number> => ((await world.fs.stat(pathOf(record)))?.mode ?? 0) & 0o777;
    await world.fs.setMode(COPY, 0o600);
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "repaired" });
    expect(await modeOf()).toBe(0o600);
    await world.fs.unlink(COPY);
    await world.write(pathOf(record), "wrong");
    await world.fs.setMode(pathOf(record), 0o640);
    world.web[SOURCE] = { text: "right" };
    expect(await repairOne(catalog, record.id)).toMatchObject({ outcome: "repaired" });
    expect(await modeOf()).toBe(0o640);
  });

  it("may be one that no row names, if its name is made of the hash", async () => {
    const hash = String(record.sha256);
    await world.write(`/data/docs/cas/sha256/${hash.slice(0, 2)}/${hash.slice(2)}`, "right");
    const result = await repairOne(catalog, record.id);
    expect(result).toMatchObject({ outcome: "repaired" });
    expect(stepsOf(result)).toEqual([expect.stringMatching(/^copy cas\/sha256\/.* right$/)]);
  });
});

describe("a blob that is bad", () => {
  it("is left alone while somebody writes to it", async () => {
    await world.write(pathOf(record), "wrong");
    onOpen(pathOf(record), async () => {
      await world.write(pathOf(record), "wrong");
      return undefined;
    });
    const result = await repairOne(catalog, record.id);
    expect(result).toMatchObject({ outcome: "unavailable", reason: "in_use", found: { reason: "changing" } });
  });

  it("ends the run when nobody can tell what is wrong with it", async () => {
    await world.write(pathOf(record), "wrong");
    world.web[SOURCE] = {
      text: "right",
      meanwhile: async () => onOpen(pathOf(record), () => Promise.reject(systemError("ENOSPC"))),
    };
    await expect(repairOne(catalog, record.id)).rejects.toMatchObject({ code: "NO_SPACE" });
    intercept = () => undefined;
    expect(await world.read(pathOf(record))).toBe("wrong");
  });
});

describe("a lease that others end", () => {
  /** Ends all leases when bytes get their place, once. */
  function endLeases(): void {
    let times = 0;
    intercept = (operation, [, to]) =>
      operation === "link" && /\/data\/docs\/\w/.test(String(to)) && ++times === 1
        ? world.change("DELETE FROM leases").then(() => undefined)
        : undefined;
  }

  it("is taken again for a blob that gets a place in the root", async () => {
    await addCopy("wrong");
    world.web[SOURCE] = { text: "right" };
    endLeases();
    const [result] = await repairAll(catalog, { ids: [`file://${COPY}`], intoRoot: true });
    expect(result).toMatchObject({ outcome: "repaired", documents: [2] });
    expect(await catalog.getById(2)).toMatchObject({ storageUri: result?.movedTo });
  });

  it("is taken again for what a source serves by now", async () => {
    world.web[SOURCE] = { text: "wrong" };
    endLeases();
    expect(await repairOne(catalog, record.id, { keepDrifted: true })).toMatchObject({ outcome: "drifted" });
    expect(await catalog.listVariants(record.id)).toHaveLength(1);
  });
});

describe("a catalog that cannot repair", () => {
  it("says that it is disabled", async () => {
    const disabled = await world.open({ settings: { catalog: false } });
    await expect(repairAll(disabled)).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  it("says that it has no store", async () => {
    const storeless = await openCatalog({
      ...{ fs: world.fs, clock: systemClock, entropy: webCryptoEntropy, processes: noProcesses },
      ...{ hashers: { core: createWasmHasher() }, logger: { log: () => {} }, telemetry: noTelemetry },
      sql: await openEngine(world.fs, "/state/c.sqlite"),
    });
    await expect(repairAll(storeless, { apply: false })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await storeless.close();
  });
});
