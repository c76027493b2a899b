import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../src/adapters/fs/memory.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { CLOSING_IDLE_MS } from "../../src/catalog/closing-source.ts";
import type { IngestSource } from "../../src/catalog/ingest/source-bytes.ts";
import type { Plan } from "../../src/catalog/plan/plan.ts";
import { RunningCalls } from "../../src/catalog/running-calls.ts";
import type { FileSystem } from "../../src/ports/file-system.ts";
import { collect, openForTest, registrationOf } from "./_open-for-test.ts";
import { createTestClock } from "./_test-clock.ts";

const META = { artifactId: "doi:10.1/x", sourceUrl: "https://example.org/x", resolver: "unpaywall" };

async function documentsIn(fs: FileSystem): Promise<number> {
  const catalog = await openForTest({ fs, mode: "read" });
  const { documents } = await catalog.stats();
  await catalog.close();
  return documents;
}

/** What happened to calls: their outcome, or the code of their error. */
async function outcomesOf(calls: readonly Promise<{ outcome: string } | readonly { outcome: string }[]>[]) {
  const settled = await Promise.allSettled(calls);
  return settled.flatMap((each) =>
    each.status === "rejected" ? [each.reason.code] : [each.value].flat().map(({ outcome }) => outcome),
  );
}

/** A source that gives some bytes, and then waits for somebody. */
function slowSource(): { readonly source: ReadableStream<Uint8Array>; readonly end: () => void; cancelled: boolean } {
  let end = (): void => {};
  const state = {
    source: new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("hello"));
        end = () => controller.close();
      },
      cancel() {
        state.cancelled = true;
      },
    }),
    end: () => end(),
    cancelled: false,
  };
  return state;
}

/** The places that hold bytes: names below the root that are no folders of the catalog's. */
async function blobsIn(fs: FileSystem, folder = "/data/docs"): Promise<readonly string[]> {
  const found: string[] = [];
  if ((await fs.stat(folder)) === undefined) return found;
  for (const { name, kind } of (await collect(fs.list(folder))).flat()) {
    if (name === ".content-catalog") continue;
    if (kind === "directory") found.push(...(await blobsIn(fs, `${folder}/${name}`)));
    else found.push(`${folder}/${name}`);
  }
  return found;
}

describe("close", () => {
  it("lets calls that were made before come to their end, of known keys and new ones", async () => {
    const fs = createMemoryFileSystem();
    const catalog = await openForTest({ fs });
    await catalog.registerOrGet(registrationOf(0));
    const before = [
      catalog.registerMany([0, 1, 2].map((n) => registrationOf(n))),
      catalog.registerOrGet(registrationOf(3)),
    ];
    const closing = catalog.close();
    const after = [catalog.registerOrGet(registrationOf(4)), catalog.registerMany([registrationOf(5)])];
    expect(await outcomesOf(before)).toEqual(["found", "created", "created", "created"]);
    expect(await outcomesOf(after)).toEqual(["CLOSED", "CLOSED"]);
    await closing;
    expect(await documentsIn(fs)).toBe(4);
  });

  it("leaves no blob without a row of twenty ingests on their way", async () => {
    const fs = createMemoryFileSystem();
    const catalog = await openForTest({ fs });
    const ingests = Array.from({ length: 20 }, (_, n) =>
      catalog.ingest(new TextEncoder().encode(`content ${n}`), { ...META, artifactId: `doi:10.1/${n}` }),
    );
    await catalog.close();
    expect(new Set(await outcomesOf(ingests))).toEqual(new Set(["created"]));
    expect(await documentsIn(fs)).toBe(20);
    expect(await blobsIn(fs)).toHaveLength(20);
  });

  it("waits for a source that goes on, and gives one up that gives nothing", async () => {
    const fs = createMemoryFileSystem();
    const clock = createTestClock();
    const catalog = await openForTest({ fs, clock });
    const [good, silent] = [slowSource(), slowSource()];
    const ingests = [
      catalog.ingest(good.source, META),
      catalog.ingest(silent.source, { ...META, artifactId: "doi:10.1/y" }),
    ];
    const outcomes = outcomesOf(ingests);
    await clock.idle();
    const closing = catalog.close();
    await clock.idle();
    good.end();
    await ingests[0];
    await clock.advance(CLOSING_IDLE_MS - 1);
    expect(silent.cancelled).toBe(false);
    await clock.advance(1);
    expect(await outcomes).toEqual(["created", "CLOSED"]);
    expect(silent.cancelled).toBe(true);
    await closing;
    expect(await documentsIn(fs)).toBe(1);
    expect(await blobsIn(fs)).toHaveLength(1);
  });

  it("gives up a manifest that gives nothing, and keeps the rows of its first lines", async () => {
    const fs = createMemoryFileSystem();
    const clock = createTestClock();
    const catalog = await openForTest({ fs, clock });
    const silent = slowSource();
    const importing = catalog.importManifest({ stream: silent.source, name: "pipe" }, { baseDir: "/" });
    const failed = expect(importing).rejects.toMatchObject({
      code: "CLOSED",
      message: expect.stringContaining("pipe"),
    });
    await clock.idle();
    const closing = catalog.close();
    await clock.advance(CLOSING_IDLE_MS);
    await Promise.all([failed, closing]);
    expect(silent.cancelled).toBe(true);
  });

  it("gives up what is added from elsewhere and does not open, and cancels it when it does", async () => {
    const clock = createTestClock();
    const catalog = await openForTest({ fs: createMemoryFileSystem(), clock });
    const late = slowSource();
    let open = (_source: IngestSource): void => {};
    const opened = new Promise<IngestSource>((resolve) => {
      open = resolve;
    });
    const adding = catalog.add([{ name: "late", meta: META, open: () => opened }]);
    const failed = expect(adding).rejects.toMatchObject({ code: "CLOSED" });
    await clock.idle();
    const closing = catalog.close();
    await clock.advance(CLOSING_IDLE_MS);
    await Promise.all([failed, closing]);
    open(late.source);
    await clock.idle();
    expect(late.cancelled).toBe(true);
  });

  it("is not held up by a loop that it ends", async () => {
    const catalog = await openForTest();
    await catalog.registerMany(Array.from({ length: 1200 }, (_, n) => registrationOf(n)));
    let seen = 0;
    const looping = (async () => {
      for await (const _ of catalog.search()) {
        seen++;
        await catalog.close();
      }
    })();
    await expect(looping).rejects.toMatchObject({ code: "CLOSED" });
    expect(seen).toBe(1);
  });

  it("refuses every call afterwards", async () => {
    const catalog = await openForTest();
    await catalog.close();
    const { close, search, listTrash, listPins, listIncidents, listDrifts, formatPlan, ...more } = catalog;
    const { listTombstones, verify, repair, audit, [Symbol.asyncDispose]: dispose, ...methods } = more;
    const names = Object.keys(methods) as Exclude<keyof Catalog, symbol>[];
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      const method = catalog[name] as () => Promise<unknown>;
      await expect(method(), name).rejects.toMatchObject({ code: "CLOSED" });
    }
    const lists = [search(), listTrash(), listPins(), listIncidents(), listDrifts(), formatPlan({} as Plan)];
    for (const iterable of [...lists, listTombstones(), verify(), repair(), audit()]) {
      await expect(collect<unknown>(iterable)).rejects.toMatchObject({ code: "CLOSED" });
    }
    await Promise.all([close(), dispose()]);
  });

  it("is what a host makes of it, also for `await using`", async () => {
    const catalog = await openForTest();
    const close = catalog.close.bind(catalog);
    let more = 0;
    Object.assign(catalog, { close: () => close().then(() => void more++) });
    await catalog[Symbol.asyncDispose]();
    expect(more).toBe(1);
  });
});

describe("RunningCalls", () => {
  it("tells a method that throws from one that was never called", async () => {
    const calls = new RunningCalls();
    const guarded = calls.guard({
      fail: (): Promise<void> => {
        throw new TypeError("no");
      },
    });
    await expect(guarded.fail()).rejects.toThrow(TypeError);
    await calls.close(async () => {});
    await expect(guarded.fail()).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("ends an iterator that nobody reads to its end", async () => {
    const calls = new RunningCalls();
    let ended = false;
    async function* numbers(): AsyncGenerator<number> {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        ended = true;
      }
    }
    for await (const n of calls.guard({ numbers }, ["numbers"]).numbers()) if (n === 2) break;
    expect(ended).toBe(true);
  });
});
