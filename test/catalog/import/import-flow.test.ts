import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { importManifest } from "../../../src/catalog/import/import-manifest.ts";
import type { ImportProgress } from "../../../src/catalog/import/import-options.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { createScratch, outcomeOf, type Scratch } from "./_scratch-import.ts";

/** A scratch whose engine notes what is asked of it. */
async function createWatched(change: (sql: SqlEngine) => Partial<SqlEngine> = () => ({})) {
  const calls: string[] = [];
  const plain = await createScratch();
  const { sql } = plain.context;
  const watched: SqlEngine = {
    batch: (statements, options) => {
      calls.push(options?.durable === false ? "batch" : "durable batch");
      return sql.batch(statements, options);
    },
    query: (statement, options) => sql.query(statement, options),
    sync: () => {
      calls.push("sync");
      return sql.sync();
    },
    check: (options) => sql.check(options),
    describe: () => sql.describe(),
    checkpoint: () => sql.checkpoint(),
    close: () => sql.close(),
    ...change(sql),
  };
  return { calls, sql: watched };
}

const countDocuments = async (scratch: Scratch) => (await scratch.query("SELECT count(*) FROM documents"))[0]?.[0];

describe("strict", () => {
  it.each([
    ["damaged", "{torn", { lines: 3, documents: 2, damaged: 1 }],
    ["gone", outcomeOf("none"), { lines: 3, documents: 2, gone: 1 }],
    ["wrong_size", outcomeOf("c", { content_length: 7, sha256: "00".repeat(32) }), { lines: 3, documents: 2 }],
    [
      "changed",
      outcomeOf("a", { path: "files/other", sha256: null, content_length: null }),
      { lines: 3, documents: 2 },
    ],
  ])("stops at the first finding: %s", async (kind, line, figures) => {
    const scratch = await createScratch();
    scratch.write("files/a", "files/b", "files/c", "files/d", ["files/other", "other"]);
    const lines = [outcomeOf("a"), outcomeOf("b"), line, outcomeOf("d"), "{torn", '{"record_type": "attempt"}'];
    const { summary, findings } = await scratch.import(lines, { strict: true, hash: "all" });
    expect(findings.map((finding) => [finding.kind, finding.line])).toEqual([[kind, 3]]);
    expect(summary).toMatchObject({ ...figures, stopped: true, attempts: 0 });
    expect(await countDocuments(scratch)).toBe(2);
  });

  it("stops at a variant with other bytes", async () => {
    const scratch = await createScratch();
    scratch.write("files/a", ["1.html", "one"], ["2.html", "other"]);
    const lines = [outcomeOf("a", { html_paths: ["1.html"] }), outcomeOf("a", { html_paths: ["2.html"] }), "{torn"];
    const { summary, findings } = await scratch.import(lines, { strict: true });
    expect(findings.map(({ kind, line }) => [kind, line])).toEqual([["changed", 2]]);
    expect(summary).toMatchObject({ lines: 2, stopped: true, variants: 1 });
  });

  it("goes through what has nothing wrong", async () => {
    const scratch = await createScratch();
    scratch.write("files/a", "files/b");
    const { summary } = await scratch.import([outcomeOf("a"), outcomeOf("b"), outcomeOf("b")], { strict: true });
    expect(summary).toMatchObject({ documents: 2, repeats: 1, stopped: false });
  });
});

describe("batches", () => {
  it("keep the findings in the order of the lines", async () => {
    const scratch = await createScratch();
    const lines = Array.from({ length: 2500 }, (_, index) => {
      if (index % 7 === 3) return "{torn";
      if (index % 11 === 5) return outcomeOf(String(index), { path: "../outside" });
      return outcomeOf(String(index % 1300), { content_length: index });
    });
    const { summary, findings } = await scratch.import(lines, { hash: "none" });
    const numbers = findings.map(({ line }) => line);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(["damaged", "outside", "changed"]));
    expect(summary.lines).toBe(2500);
    expect(summary.outcomes + summary.damaged).toBe(2500);
    expect(summary.documents + summary.repeats + summary.changed + summary.outside).toBe(summary.outcomes);
    expect(await countDocuments(scratch)).toBe(summary.documents);
  });

  it("end after many lines without outcomes, too", async () => {
    const scratch = await createScratch();
    const { summary } = await scratch.import(Array.from({ length: 25_000 }, () => '{"record_type": "attempt"}'));
    expect(summary).toMatchObject({ lines: 25_000, attempts: 25_000 });
  });

  it("take a line of 10 MB", async () => {
    const scratch = await createScratch();
    scratch.write("files/a", "files/b");
    const { summary } = await scratch.import([outcomeOf("a", { title: "x".repeat(1e7) }), outcomeOf("b")]);
    expect(summary).toMatchObject({ lines: 2, documents: 2 });
  });

  it("are not durable one by one; one sync at the end makes them so", async () => {
    const { calls, sql } = await createWatched();
    const scratch = await createScratch({ sql });
    const lines = Array.from({ length: 4500 }, (_, index) => outcomeOf(String(index)));
    await scratch.import(lines, { hash: "none" });
    expect(calls).toEqual(["batch", "batch", "sync"]);
    await scratch.import(["{torn"]);
    expect(calls).toHaveLength(3);
  });

  it("tell the engine how many rows to expect: none of a manifest that was imported before", async () => {
    const expected: (number | undefined)[] = [];
    const { sql } = await createWatched((engine) => ({
      batch: (statements, options) => {
        expected.push(options?.expectedRows);
        return engine.batch(statements, options);
      },
    }));
    const scratch = await createScratch({ sql });
    const name = "a".repeat(300); // so that the manifest is several chunks
    const lines = Array.from({ length: 9000 }, (_, index) => outcomeOf(`${name}${index}`));
    await scratch.import(lines, { hash: "none" });
    expect(expected).toEqual([0, expect.any(Number), expect.any(Number)]);
    expect(expected[1]).toBeGreaterThan(100);
    expect(expected[1]).toBeLessThan(9000);
    const first = expected.length;
    await scratch.importAgain({ hash: "none" });
    expect(new Set(expected.slice(first))).toEqual(new Set([0]));
    const blob = new Blob(lines.slice(0, 5000).map((line) => `${line.replaceAll(name, "b")}\n`));
    const second = expected.length;
    const source = { stream: blob.stream(), name: "a stream" };
    await importManifest(scratch.context, source, { hash: "none", baseDir: scratch.folder });
    expect(expected.slice(second)).toEqual([0, 4000]);
  });

  it("are made durable now and then, paced by what that costs", async () => {
    let nowMs = 0;
    const clock = { ...systemClock, monotonicMs: () => nowMs };
    const { calls, sql } = await createWatched((engine) => ({
      batch: (statements, options) => {
        nowMs += 6000;
        calls.push("batch");
        return engine.batch(statements, options);
      },
      sync: () => {
        nowMs += 1500;
        calls.push("sync");
        return engine.sync();
      },
    }));
    const scratch = await createScratch({ sql, clock });
    const lines = Array.from({ length: 28_000 }, (_, index) => outcomeOf(String(index)));
    await scratch.import(lines, { hash: "none" });
    // First after ten seconds at least, then after ten times the 1500 ms that the sync took.
    expect(calls.join(" ")).toBe("batch batch sync batch batch batch sync batch batch sync");
  });
});

describe("what goes wrong on the way", () => {
  const lines = Array.from({ length: 4500 }, (_, index) => outcomeOf(String(index)));

  it("an abort keeps what was registered, and makes it durable", async () => {
    const controller = new AbortController();
    const { calls, sql } = await createWatched((engine) => ({
      batch: (statements) => {
        calls.push("batch");
        controller.abort(new Error("enough"));
        return engine.batch(statements);
      },
    }));
    const scratch = await createScratch({ sql });
    await expect(scratch.import(lines, { hash: "none", signal: controller.signal })).rejects.toThrow("enough");
    expect(calls).toEqual(["batch", "sync"]);
    expect(await countDocuments(scratch)).toBe(4000);
  });

  it("an abort before it begins does nothing", async () => {
    const scratch = await createScratch();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(scratch.import(lines, { signal })).rejects.toThrow("enough");
  });

  it("an abort stops the hashing of a file, whatever the reason looks like", async () => {
    const scratch = await createScratch();
    scratch.write(["files/big", new Uint8Array(8 * 1024 * 1024)]);
    const controller = new AbortController();
    const reason = Object.assign(new Error("enough"), { code: "ENOENT" });
    let nowMs = 0;
    const clock = { ...systemClock, monotonicMs: () => (nowMs += 1000) };
    const slow = await createScratch({ clock });
    const onProgress = (): void => controller.abort(reason);
    writeFileSync(join(slow.folder, "manifest.jsonl"), outcomeOf("big"));
    const options = { hash: "all", baseDir: scratch.folder, onProgress, signal: controller.signal } as const;
    await expect(slow.importAgain(options)).rejects.toBe(reason);
  });

  it("a failing read of the manifest keeps what was registered", async () => {
    const plan = { failAt: 2, operations: ["read"], code: "EIO" } as const;
    const scratch = await createScratch({ fs: createFaultyFileSystem(createNodeFileSystem(), plan) });
    const many = Array.from({ length: 6000 }, (_, index) => outcomeOf(String(index)));
    await expect(scratch.import(many, { hash: "none" })).rejects.toMatchObject({ code: "BACKEND" });
    expect(await countDocuments(scratch)).toBeGreaterThan(0);
  });

  it("the first error is the one that is thrown", async () => {
    const { sql } = await createWatched(() => ({
      batch: () => Promise.reject(new Error("first")),
      sync: () => Promise.reject(new Error("second")),
    }));
    const scratch = await createScratch({ sql });
    await expect(scratch.import(lines, { hash: "none" })).rejects.toThrow("first");
  });

  it("a failing last sync is no success", async () => {
    const { sql } = await createWatched(() => ({ sync: () => Promise.reject(new Error("disk full")) }));
    const scratch = await createScratch({ sql });
    await expect(scratch.import(lines, { hash: "none" })).rejects.toThrow("disk full");
  });
});

describe("progress", () => {
  it("is told now and then, and at the end", async () => {
    let nowMs = 0;
    const clock = { ...systemClock, monotonicMs: () => (nowMs += 60) };
    const scratch = await createScratch({ clock });
    const told: ImportProgress[] = [];
    const lines = Array.from({ length: 4500 }, (_, index) => outcomeOf(String(index)));
    await scratch.import(lines, { hash: "none", onProgress: (progress) => void told.push(progress) });
    const size = lines.reduce((total, line) => total + line.length + 1, 0);
    expect(told.length).toBeGreaterThan(1);
    expect(told.length).toBeLessThanOrEqual(6);
    expect(told.at(-1)).toEqual({
      ...{ lines: 4500, bytesRead: size, bytesTotal: size, documents: 4500, removedBefore: 0, bytesHashed: 0 },
    });
  });

  it("is not told too often", async () => {
    const scratch = await createScratch({ clock: { ...systemClock, monotonicMs: () => 0 } });
    scratch.write("files/a", "files/b", "files/c");
    const told: ImportProgress[] = [];
    const onProgress = (progress: ImportProgress): void => void told.push(progress);
    await scratch.import([outcomeOf("a"), outcomeOf("b"), outcomeOf("c")], { hash: "all", onProgress });
    expect(told).toEqual([expect.objectContaining({ lines: 3, bytesHashed: 18 })]);
  });

  it("has no total for a stream", async () => {
    const scratch = await createScratch();
    const told: ImportProgress[] = [];
    const stream = new Response(outcomeOf("a")).body as ReadableStream<Uint8Array>;
    const options = { baseDir: scratch.folder, onProgress: (progress: ImportProgress) => void told.push(progress) };
    await importManifest(scratch.context, { stream, name: "standard input" }, options);
    expect(told.at(-1)).not.toHaveProperty("bytesTotal");
    const closed = new Response("").body as ReadableStream<Uint8Array>;
    await expect(importManifest(scratch.context, { stream: closed, name: "pipe" })).rejects.toThrow(
      'Cannot import "pipe": a stream has no folder, and baseDir is not given',
    );
  });
});
