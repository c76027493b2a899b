import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import type { CliHost } from "../../../src/cli/host.ts";
import { hashOf, writeFiles } from "../filled-catalog.ts";
import { collectStream, makeFolder, runCli } from "../test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFolder();
  await writeFiles(folder.path, {
    "runs/a.txt": "alpha",
    "runs/b.txt": "beta",
    "runs/list.jsonl": [
      { artifact_id: "a", source_url: "u:a", path: "a.txt" },
      { artifact_id: "b", source_url: "u:b", path: "b.txt", resolver: "known", bytes: 99 },
      { artifact_id: "c\u001b[2J", source_url: "u:c", path: "gone\u202e.txt" },
      { artifact_id: "d", source_url: "u:d", path: "../outside.txt" },
    ]
      .map((line) => JSON.stringify(line))
      .join("\n"),
    "outside.txt": "outside",
  });
});

afterEach(() => folder.remove());

describe("import-manifest", () => {
  it("registers what it can, reports the rest, and ends with 3", async () => {
    const { exitCode, stdout, stderr } = await runCli(folder.path, ["import-manifest", "runs/list.jsonl"]);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^lines +4$/m);
    expect(stdout).toMatch(/^new documents +2$/m);
    expect(stdout).toMatch(/^gone files +1$/m);
    expect(stdout).toMatch(/^wrong sizes +1$/m);
    expect(stdout).not.toContain("damaged");
    expect(stdout.endsWith("Next: catalog dedup-report\n")).toBe(true);
    const reported = stderr.split("\n").map((line) => line.split(": ").slice(0, 2).join(": "));
    expect(reported).toEqual(["line 2: wrong_size", "line 3: gone", "line 4: outside", ""]);
    expect(stderr).toContain("gone\\u{202e}.txt");
  });

  it("shows people 20 bad lines and a count, and programs all", async () => {
    await writeFiles(folder.path, { "runs/bad.jsonl": "{\n".repeat(500) });
    const argv = ["import-manifest", "runs/bad.jsonl"];
    const told = (await runCli(folder.path, argv)).stderr.trimEnd().split("\n");
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toBe("damaged: 480 more are not shown; --verbose and --json have all");
    expect((await runCli(folder.path, [...argv, "--verbose"])).stderr.match(/^line \d+: damaged/gm)).toHaveLength(500);
    expect((await runCli(folder.path, [...argv, "--json"])).lines).toHaveLength(501);
  });

  it("changes nothing the second time", async () => {
    const argv = ["import-manifest", "runs/list.jsonl", "--json"];
    const first = await runCli(folder.path, argv);
    expect(first.lines.map(({ type }) => type)).toEqual(["finding", "finding", "finding", "summary"]);
    expect(first.lines[1]).toMatchObject({ kind: "gone", line: 3, artifact_id: "c\u001b[2J", path: "gone\u202e.txt" });
    expect(first.lines[3]).toMatchObject({ documents: 2, repeats: 0, findings: 3, stopped: false });
    expect((await runCli(folder.path, argv)).lines[3]).toMatchObject({ documents: 0, repeats: 2 });
  });

  it("stores the files under the root, with --into", async () => {
    const argv = ["import-manifest", "runs/list.jsonl", "--into", "move", "--json", "--set", "storage.layout=cas"];
    const first = await runCli(folder.path, argv);
    expect(first.lines.at(-1)).toMatchObject({ documents: 2, repeats: 0, findings: 3 });
    await expect(access(join(folder.path, "runs/a.txt"))).rejects.toMatchObject({ code: "ENOENT" });
    const { lines } = await runCli(folder.path, ["search", "--json"]);
    expect(lines.slice(0, -1).map(({ storage_uri }) => String(storage_uri).includes("/data/docs/cas/"))).toEqual([
      true,
      true,
    ]);
    const again = await runCli(folder.path, argv);
    expect(again.lines.at(-1)).toMatchObject({ documents: 0, repeats: 2, findings: 3 });
  });

  it.each([["--hash", "none"], ["--allow-missing"]])("refuses --into with %s %s", async (...flags) => {
    const { exitCode, stderr } = await runCli(folder.path, [
      ...["import-manifest", "runs/list.jsonl", "--into", "copy"],
      ...flags,
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("with --into");
    await expect(access(join(folder.path, "state"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("is done when there is nothing to report", async () => {
    await writeFiles(folder.path, { "ok.jsonl": '{"artifact_id":"a","source_url":"u","path":"runs/a.txt"}\n' });
    expect(await runCli(folder.path, ["import-manifest", "ok.jsonl"])).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it("hands every flag on", async () => {
    await writeFiles(folder.path, {
      "odd.jsonl": [
        {
          id: { doi: "a" },
          link: "u:a",
          file: "a.txt",
          type: "text/plain",
          size: 5,
          hash: hashOf("alpha"),
          at: "2025-01-01",
        },
        { id: { doi: "g" }, link: "u:g", file: "gone.txt", size: 7 },
        { id: { doi: "o" }, link: "u:o", file: "../outside.txt" },
      ]
        .map((line) => JSON.stringify(line))
        .join("\n"),
    });
    const maps = [
      "artifact_id=id.doi",
      "source_url=link",
      "path=file",
      "content_type=type",
      "bytes=size",
      "sha256=hash",
    ];
    const { exitCode, stderr } = await runCli(folder.path, [
      ...["import-manifest", "odd.jsonl", "--format", "jsonl", "--base-dir", "runs", "--hash", "all", "--jobs", "2"],
      ...["--allow-missing", "--allow-outside", "--run-id", "007", "--resolver", "mine", "--map=created_at=at"],
      ...maps.flatMap((map) => ["--map", map]),
      ...["--map", "resolver=by", "--map", "run_id=run"],
    ]);
    expect([exitCode, stderr.split("\n").length]).toEqual([3, 2]);
    const { lines } = await runCli(folder.path, ["search", "--json"]);
    expect(lines.slice(0, -1)).toMatchObject([
      { artifact_id: "a", content_type: "text/plain", sha256: hashOf("alpha"), run_id: "007", resolver: "mine" },
      { artifact_id: "g", bytes: 7, sha256: null },
      { artifact_id: "o", sha256: hashOf("outside") },
    ]);
    expect(lines[0]).toMatchObject({ created_at: "2025-01-01T00:00:00.000Z" });
  });

  it("stops at the first finding when it is strict", async () => {
    const { exitCode, stdout } = await runCli(folder.path, ["import-manifest", "runs/list.jsonl", "--strict"]);
    expect(exitCode).toBe(3);
    expect(stdout).toContain("Stopped at the first finding, as --strict says.\n");
  });

  it("does with other bytes what it is told", async () => {
    await runCli(folder.path, ["import-manifest", "runs/list.jsonl"]);
    await writeFiles(folder.path, { "runs/a.txt": "another text" });
    const argv = ["import-manifest", "runs/list.jsonl", "--hash", "all", "--json"];
    expect((await runCli(folder.path, argv)).lines.at(-1)).toMatchObject({ changed: 1, variants: 0 });
    const added = await runCli(folder.path, [...argv, "--on-change", "variant"]);
    expect(added.lines.at(-1)).toMatchObject({ changed: 1 });
    expect((await runCli(folder.path, ["variants", "1", "--json"])).lines[0]).toMatchObject({
      sha256: hashOf("another text"),
    });
  });

  it("reads standard input, from the working directory on", async () => {
    const text = '{"artifact_id":"a","source_url":"u","path":"runs/a.txt"}\n';
    const openStdin = (): ReadableStream<Uint8Array> => new Blob([text]).stream();
    const { exitCode } = await runCli(folder.path, ["import-manifest", "-"], { openStdin });
    expect(exitCode).toBe(0);
    expect((await runCli(folder.path, ["search", "--json"])).lines[0]).toMatchObject({ sha256: hashOf("alpha") });
  });

  it("answers a missing manifest with 2", async () => {
    const { exitCode, stderr } = await runCli(folder.path, ["import-manifest", "nope.jsonl"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('nope.jsonl": there is no such file');
    expect(stderr).not.toContain("catalog init");
    await expect(access(join(folder.path, "state"))).rejects.toThrow();
    const missing = await runCli(folder.path, ["import-manifest", "x", "--map", "doi=a"]);
    expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining('--map "doi=a"')]);
  });

  it("creates no catalog for a manifest that is a folder, and says what to do about what it reports", async () => {
    const { exitCode, stderr } = await runCli(folder.path, ["import-manifest", "runs"]);
    expect([exitCode, stderr]).toEqual([5, expect.stringContaining('runs": it is a folder')]);
    await expect(access(join(folder.path, "state"))).rejects.toThrow();
    const { stdout } = await runCli(folder.path, ["import-manifest", "runs/list.jsonl"]);
    expect(stdout).toContain("--allow-missing");
    expect(stdout).toContain("--allow-outside");
    expect(stdout).not.toContain("--map");
    const { lines } = await runCli(folder.path, ["import-manifest", "runs/list.jsonl", "--json"]);
    expect(lines[1]).toMatchObject({ kind: "gone", hint: expect.stringContaining("--allow-missing") });
  });

  it("ends with 130 when it is interrupted, and keeps what was registered", async () => {
    let interrupt = (): void => {};
    const result = await runCli(folder.path, ["import-manifest", "-", "--hash", "none"], {
      onInterrupt: (callback) => {
        interrupt = callback;
      },
      openStdin: () => new ReadableStream({ pull: () => interrupt() }, { highWaterMark: 0 }),
    });
    expect(result).toMatchObject({ exitCode: 130, stdout: "" });
    expect(result.stderr).toContain("Interrupted");
    expect((await runCli(folder.path, ["stats"])).exitCode).toBe(0);
  });
});

describe("progress", () => {
  /** A clock in which a second passes with every look at it. */
  function fastClock(): CliHost["clock"] {
    let nowMs = 0;
    const monotonicMs = (): number => (nowMs += 1000);
    return { now: () => Date.UTC(2025, 0, 1), monotonicMs, sleep: async () => {} };
  }

  const lines = Array.from({ length: 3000 }, (_, index) => `{"artifact_id":"${index}","source_url":"u","path":"a"}`);

  it("comes as JSON lines on standard error, and not when quiet", async () => {
    await writeFiles(folder.path, { "many.jsonl": lines.join("\n") });
    const argv = ["import-manifest", "many.jsonl", "--hash", "none", "--allow-missing", "--json"];
    const { errorLines } = await runCli(folder.path, argv, { clock: fastClock() });
    expect(errorLines.length).toBeGreaterThan(0);
    expect(errorLines.at(-1)).toMatchObject({
      type: "progress",
      command: "import-manifest",
      bytes_total: expect.any(Number),
    });
    const quiet = await runCli(folder.path, [...argv, "--quiet"], { clock: fastClock() });
    expect(quiet.errorLines).toEqual([]);
  });

  /** Standard input that goes on until `condition` holds. */
  function linesUntil(condition: () => boolean): ReadableStream<Uint8Array> {
    let line = 0;
    return new ReadableStream({
      async pull(controller) {
        await systemClock.sleep(1);
        if (condition()) controller.close();
        else controller.enqueue(new TextEncoder().encode(`{"artifact_id":"${line++}","source_url":"u","path":"a"}\n`));
      },
    });
  }

  it("comes as a bar on a terminal that is gone at the end", async () => {
    const stderr = collectStream({ isTerminal: true, columns: 90 });
    const parts = { stderr, openStdin: () => linesUntil(() => /\d+ lines, \d+\/s/.test(stderr.text())) };
    const argv = ["import-manifest", "-", "--hash", "none"];
    expect((await runCli(folder.path, argv, parts)).exitCode).toBe(3);
    expect(stderr.text()).toMatch(/\r\u001b\[2K(line \d+: damaged.*\n)?$/);
  });

  it("stays away from a terminal that cannot move its cursor", async () => {
    const argv = ["import-manifest", "many.jsonl", "--hash", "none"];
    await writeFiles(folder.path, { "many.jsonl": lines.join("\n") });
    const { stderr } = await runCli(folder.path, argv, { terminal: true, env: { TERM: "dumb" } });
    expect(stderr).not.toContain("\r");
  });
});
