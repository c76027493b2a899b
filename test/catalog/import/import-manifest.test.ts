import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import { importManifest } from "../../../src/catalog/import/import-manifest.ts";
import { createScratch, HELLO_SHA256, outcomeOf } from "./_scratch-import.ts";

const NOTHING = {
  ...{ lines: 0, attempts: 0, other: 0, outcomes: 0, failures: 0, skips: 0, dryRuns: 0, damaged: 0, gone: 0 },
  ...{
    outside: 0,
    unreadable: 0,
    own: 0,
    unstable: 0,
    wrongSize: 0,
    wrongHash: 0,
    repeats: 0,
    removedBefore: 0,
    sourcesKept: 0,
    changed: 0,
    documents: 0,
  },
  ...{ variants: 0, bytes: 0, filesHashed: 0, bytesHashed: 0, stopped: false },
};

describe("importManifest", () => {
  it("registers files where they lie", async () => {
    const scratch = await createScratch();
    scratch.write("files/a b%.txt");
    const { summary, findings } = await scratch.import([outcomeOf("a b%.txt")], { hash: "all" });
    expect(findings).toEqual([]);
    expect(summary).toEqual({
      ...NOTHING,
      ...{ lines: 1, outcomes: 1, documents: 1, bytes: 6, filesHashed: 1, bytesHashed: 6 },
    });
    const columns = "artifact_id, source_url, resolver, content_type, bytes, sha256, storage_uri, created_at, run_id";
    expect(await scratch.query(`SELECT ${columns} FROM documents`)).toEqual([
      [
        ...["id:a b%.txt", "https://example.org/a b%.txt", "crossref", "text/plain", 6, HELLO_SHA256],
        ...[pathToFileURL(join(scratch.folder, "files/a b%.txt")).href, "2025-01-01T00:00:00.000Z", "run-1"],
      ],
    ]);
  });

  it("counts every line once, and changes nothing the second time", async () => {
    const scratch = await createScratch();
    scratch.write("files/a", "files/b", "a.html", "a2.html", "a.txt");
    const lines = [
      '{"record_type": "attempt"}',
      outcomeOf("a", { html_paths: ["a.html", "a2.html"], extracted_text_path: "a.txt" }),
      outcomeOf("b"),
      outcomeOf("b"),
      outcomeOf("c", { classification: "miss" }),
      outcomeOf("c", { classification: "skipped" }),
      outcomeOf("c", { dry_run: true }),
      '{"record_type": "summary"}',
      "",
      "{torn",
    ];
    const counted = { lines: 10, attempts: 1, other: 2, outcomes: 3, failures: 1, skips: 1, dryRuns: 1, damaged: 1 };
    const first = await scratch.import(lines);
    expect(first.summary).toMatchObject({ ...counted, documents: 2, variants: 3, bytes: 12, repeats: 1, changed: 0 });
    const rows = "SELECT * FROM documents LEFT JOIN variants ON document_id = documents.id ORDER BY 1, variants.id";
    const before = await scratch.query(rows);
    const second = await scratch.importAgain({ hash: "all" });
    expect(second.summary).toMatchObject({ ...counted, documents: 0, variants: 0, bytes: 0, repeats: 3, changed: 0 });
    expect(await scratch.query(rows)).toEqual(before);
    const variants = await scratch.query("SELECT variant, bytes, sha256 FROM variants ORDER BY variant");
    expect(variants).toEqual(["html", "html-2", "text"].map((variant) => [variant, 6, HELLO_SHA256]));
  });

  it("reads generic JSONL, with a field map and without", async () => {
    const scratch = await createScratch();
    scratch.write("a.bin", "b.bin");
    const { summary } = await scratch.import(
      ['{"key": "a", "f": {"p": "a.bin"}}', '{"key": "b", "f": {"p": "b.bin"}, "run": "own", "url": "https://b"}'],
      { fields: { artifactId: "key", path: "f.p" }, runId: "given", resolver: "mirror" },
    );
    expect(summary).toMatchObject({ outcomes: 2, documents: 2, filesHashed: 2 });
    const uri = pathToFileURL(join(scratch.folder, "a.bin")).href;
    const rows = await scratch.query("SELECT artifact_id, source_url, resolver, run_id FROM documents ORDER BY id");
    expect(rows).toEqual([
      ["a", uri, "mirror", "given"],
      ["b", "https://b", "mirror", "own"],
    ]);
    const again = await scratch.import(['{"id": "c", "file": "a.bin", "size": 6}'], { format: "jsonl" });
    expect(again.summary).toMatchObject({ documents: 1 });
  });

  it("reads a stream whose paths start elsewhere", async () => {
    const scratch = await createScratch();
    scratch.write("files/a");
    const bytes = new TextEncoder().encode(outcomeOf("a"));
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const source = { stream, name: "standard input" };
    const summary = await importManifest(scratch.context, source, { baseDir: scratch.folder });
    expect(summary).toMatchObject({ lines: 1, documents: 1 });
    expect(stream.locked).toBe(false);
  });

  it.each(["keep", "replace", "variant"] as const)("reports other bytes of a known key: %s", async (onChange) => {
    const scratch = await createScratch();
    scratch.write(["files/a", "old"], ["files/new", "newer"], ["a.html", "h1"], ["b.html", "h2!"]);
    const plain = { sha256: null, content_length: null };
    await scratch.import([outcomeOf("a", { ...plain, html_paths: ["a.html"] })]);
    const lines = [
      outcomeOf("a", { ...plain, path: "files/new" }),
      outcomeOf("a", { ...plain, html_paths: ["b.html"] }),
    ];
    const { summary, findings } = await scratch.import(lines, { onChange });
    expect(summary.documents).toBe(0);
    expect(findings[0]).toMatchObject({ kind: "changed", line: 1, artifactId: "id:a" });
    const words = { keep: "they were kept", replace: "they were replaced", variant: 'became variant "changed-' };
    expect(findings[0]?.message).toContain(words[onChange]);
    expect(findings[0]?.message).toContain("the new ones");
    expect(findings.at(-1)?.line).toBe(2);
    expect(findings.at(-1)?.message).toMatch(
      /^Variant "html" of "id:a" is in the catalog with other bytes; it was kept$/,
    );
    expect(summary.changed).toBe(findings.length);
    const rows = await scratch.query("SELECT bytes FROM documents");
    expect(rows).toEqual([[3]]);
  });

  it("trusts the manifest and touches no file on request", async () => {
    const scratch = await createScratch();
    const lines = [
      outcomeOf("never-there", { html_paths: ["a.html", "../b.html"] }),
      outcomeOf("sizeless", { content_length: null }),
      outcomeOf("climbs", { path: "../x", content_length: null }),
      outcomeOf("folder", { path: "x/.." }),
      outcomeOf("hashless", { sha256: null }),
    ];
    const { summary, findings } = await scratch.import(lines, { hash: "none" });
    expect(summary).toMatchObject({ outcomes: 4, damaged: 1, outside: 2, unreadable: 1, documents: 2, bytes: 12 });
    expect(summary).toMatchObject({ filesHashed: 0, variants: 1 });
    expect(findings.map(({ line, kind }) => [line, kind])).toEqual([
      ...[
        [1, "outside"],
        [2, "damaged"],
        [3, "outside"],
        [4, "unreadable"],
      ],
    ]);
    expect(findings[0]?.message).toContain('The file of variant "html-2", "../b.html" lies outside');
    expect(findings[1]?.message).toContain('use hash mode "missing"');
    expect(await scratch.query("SELECT sha256 FROM documents ORDER BY id")).toEqual([[HELLO_SHA256], [null]]);
  });

  it("completes later what it had to trust before", async () => {
    const scratch = await createScratch();
    scratch.write("files/a");
    await scratch.import([outcomeOf("a", { sha256: null })], { hash: "none" });
    const { summary } = await scratch.importAgain();
    expect(summary).toMatchObject({ documents: 0, repeats: 1, changed: 0, filesHashed: 1 });
    expect(await scratch.query("SELECT sha256 FROM documents")).toEqual([[HELLO_SHA256]]);
  });

  it("notes a newer schema once, and reads on", async () => {
    const logged: unknown[] = [];
    const scratch = await createScratch({ logger: { log: (...line) => void logged.push(line) } });
    scratch.write("files/a", "files/b");
    const newer = { schema_version: 6 };
    const { summary } = await scratch.import([outcomeOf("a", newer), outcomeOf("b", newer)]);
    expect(summary.documents).toBe(2);
    expect(logged).toEqual([
      ["warn", expect.stringContaining("newer schema"), expect.objectContaining({ schema_version: 6, supported: 5 })],
    ]);
  });

  it("dates lines without a time to the import", async () => {
    const clock = { now: () => Date.UTC(2026, 0, 2), monotonicMs: () => 0, sleep: async () => {} };
    const scratch = await createScratch({ clock });
    scratch.write("files/a");
    await scratch.import([outcomeOf("a", { timestamp: null, html_paths: ["files/a"] })]);
    const times = await scratch.query("SELECT created_at FROM documents UNION ALL SELECT created_at FROM variants");
    expect(times).toEqual([["2026-01-02T00:00:00.000Z"], ["2026-01-02T00:00:00.000Z"]]);
  });

  it("runs inside a span", async () => {
    const spans: unknown[] = [];
    const scratch = await createScratch({
      telemetry: {
        ...noTelemetry,
        span: (name, attributes, work) => {
          spans.push([name, attributes]);
          return work();
        },
      },
    });
    await scratch.import([""], { format: "downloader", hash: "none" });
    expect(spans).toEqual([["catalog.import", { format: "downloader", hash: "none" }]]);
  });

  it("has nothing to do for an empty manifest", async () => {
    const scratch = await createScratch();
    writeFileSync(join(scratch.folder, "manifest.jsonl"), "");
    expect((await scratch.importAgain()).summary).toEqual(NOTHING);
  });

  it.each([
    [{ jobs: 0 }, RangeError, "Cannot use jobs 0"],
    [{ jobs: 1.5 }, RangeError, "Cannot use jobs 1.5"],
    [{ jobs: 257 }, RangeError, "expected a whole number from 1 to 256"],
    [{ format: "csv" as never }, TypeError, 'Cannot use format "csv": expected one of auto, downloader, jsonl'],
    [{ hash: "some" as never }, TypeError, 'Cannot use hash "some": expected one of missing, all, none'],
    [{ onChange: "drop" as never }, TypeError, 'Cannot use onChange "drop"'],
    [{ baseDir: "files" }, TypeError, 'Cannot use baseDir "files": expected an absolute path'],
    [{ runId: "" }, TypeError, 'Cannot use runId ""'],
    [{ resolver: " " }, TypeError, 'Cannot use resolver " "'],
  ])("refuses %j", async (options, kind, message) => {
    const scratch = await createScratch();
    const promise = scratch.import([], options);
    await expect(promise).rejects.toBeInstanceOf(kind);
    await expect(promise).rejects.toThrow(message);
  });
});
