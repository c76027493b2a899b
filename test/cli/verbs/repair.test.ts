import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RepairOutcome, RepairResult } from "../../../src/catalog/repair/repair-options.ts";
import { describeOrigin, describePlan, describeStep } from "../../../src/cli/verbs/repair/describe-result.ts";
import { RepairTally } from "../../../src/cli/verbs/repair/repair-tally.ts";
import { repairedPart, repairFinding } from "../../../src/cli/verbs/repair/view.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import {
  chunked,
  head,
  type RawAnswer,
  type RawServer,
  startRawServer,
  whole,
} from "../../runtimes/http/raw-server.ts";
import { makeFolder, type RunResult, runCli } from "../test-host.ts";

const SECRET = "hunter2hunter2hunter2";

let folder: Awaited<ReturnType<typeof makeFolder>>;
let server: RawServer;
let answers: Record<string, RawAnswer>;

beforeEach(async () => {
  folder = await makeFolder();
  answers = { "/a.txt": text("the bytes"), "/b.txt": text("other bytes") };
  server = await startRawServer((path) => answers[path] ?? { send: ["HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n"] });
  await cli("init");
  await cli("add", `${server.base}/a.txt`, "--artifact-id", "a", "--resolver", "x");
  await cli("add", `${server.base}/b.txt`, "--artifact-id", "b", "--resolver", "x");
});

afterEach(async () => {
  await server.close();
  await folder.remove();
});

function text(body: string): RawAnswer {
  return whole(new TextEncoder().encode(body));
}

function cli(...argv: readonly string[]): Promise<RunResult> {
  return runCli(folder.path, argv);
}

/** Where the bytes of a row are. */
function pathOf(name: string): string {
  return join(folder.path, "data/docs/x", name, `${name}.txt`);
}

function requests(): number {
  return server.requests.length;
}

describe("repair", () => {
  it("says what it would try, tries it, and has nothing to do then", async () => {
    await writeFile(pathOf("a"), "THE BYTES");
    const before = requests();
    const said = await cli("repair", "a");
    expect(said).toMatchObject({ exitCode: 1, stderr: "" });
    expect(said.stdout).toBe(
      `Would try for ${pathOf("a")} (9 B): 1 source\n1 file is bad.\nNext: catalog repair a --apply\n`,
    );
    expect(requests()).toBe(before);
    const done = await cli("repair", "a", "--apply", "--allow-private");
    expect(done).toMatchObject({ exitCode: 0, stderr: "" });
    expect(done.stdout).toBe(
      `Repaired ${pathOf("a")} (9 B) from ${server.base}/a.txt\nRepaired 1 file, 9 B.\nNothing is bad.\nNext: catalog stats\n`,
    );
    expect(await readFile(pathOf("a"), "utf8")).toBe("the bytes");
    const again = await cli("repair", "a", "--apply");
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Not bad: ${pathOf("a")} (9 B)\n`) });
  });

  it("goes through all that is known to be bad", async () => {
    expect(await cli("repair", "--all")).toMatchObject({
      exitCode: 0,
      stdout: "Nothing is bad.\nNext: catalog stats\n",
    });
    await rm(pathOf("a"));
    await rm(pathOf("b"));
    // Nobody has looked yet.
    expect((await cli("repair", "--all")).exitCode).toBe(0);
    answers = {};
    expect((await cli("repair", "a", "b", "--apply", "--allow-private")).exitCode).toBe(1);
    answers = { "/a.txt": text("the bytes"), "/b.txt": text("OTHER BYTES") };
    const said = await cli("repair", "--all", "--json");
    expect(said.exitCode).toBe(1);
    expect(said.lines.map(({ outcome }) => outcome)).toEqual(["planned", "planned", undefined]);
    const done = await cli("repair", "--all", "--apply", "--allow-private", "--json");
    expect(done.exitCode).toBe(1);
    const [plan, finding, summary] = done.lines;
    expect(plan).toMatchObject({ type: "plan", action: "repair", outcome: "repaired", documents: [1], variants: [] });
    expect(finding).toMatchObject({ type: "finding", kind: "drifted", reason: null, found_result: "missing" });
    expect(summary).toMatchObject({ applied: true, repaired: 1, drifted: 1, intact: 0, bad: 1, bytes: 9 });
    expect(await readFile(pathOf("a"), "utf8")).toBe("the bytes");
    const people = await cli("repair", "--all", "--apply", "--allow-private", "--verbose");
    expect(people.stderr).toContain(
      `Cannot repair "${pathOf("b")}": "${server.base}/b.txt" serves other bytes by now.`,
    );
    expect(people.stdout).toBe("1 file is bad still.\nNext: catalog why 2\n");
  });

  it("fetches from no private address, and nothing that is too large, unless that is allowed", async () => {
    await rm(pathOf("a"));
    const refused = await cli("repair", "a", "--apply");
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(
      `"${server.base}/a.txt" did not give its bytes: the host "127.0.0.1" has no public address`,
    );
    const large = await cli("repair", "a", "--apply", "--allow-private", "--max-bytes", "8B");
    expect(large.stderr).toContain("it has 9 bytes, and no more than 8 are allowed");
    expect(requests()).toBe(2);
    expect((await cli("repair", "a", "--apply", "--allow-private", "--max-bytes", "9")).exitCode).toBe(0);
  });

  it("keeps what a source serves by now, if that is wanted", async () => {
    await rm(pathOf("a"));
    answers["/a.txt"] = { send: [head("transfer-encoding: chunked"), ...chunked(new TextEncoder().encode("new one"))] };
    const kept = await cli("repair", "a", "--apply", "--allow-private", "--keep-drifted", "--json");
    expect(kept.lines[0]).toMatchObject({ kind: "drifted" });
    const { lines } = await cli("variants", "a", "--json");
    const steps = (kept.lines[0]?.["steps"] ?? []) as readonly Record<string, unknown>[];
    expect(steps.at(-1)).toMatchObject({ result: "other_bytes", drift_bytes: 7, drift_variant: lines[0]?.["variant"] });
  });

  it("gives a file that lies elsewhere a place in the root", async () => {
    await writeFile(join(folder.path, "here.txt"), "the bytes");
    await cli("add", "here.txt", "--into", "none", "--artifact-id", "here");
    await writeFile(join(folder.path, "here.txt"), "THE BYTES");
    const blocked = await cli("repair", "here", "--apply");
    expect(blocked.stderr).toContain("it lies outside of the root, where nothing is written.");
    const done = await cli("repair", "here", "--apply", "--into-root");
    expect(done.exitCode).toBe(0);
    expect(done.stdout).toMatch(/Repaired .*here\.txt \(9 B\) from .*a\.txt, now at .*\/data\/docs\/.*\n/);
    expect(await readFile(join(folder.path, "here.txt"), "utf8")).toBe("THE BYTES");
  });

  it("takes bytes out of quarantine, and tells each step where that is wanted", async () => {
    await mkdir(join(folder.path, "data/docs/.quarantine/x"), { recursive: true });
    await rename(pathOf("a"), join(folder.path, "data/docs/.quarantine/x/a.txt"));
    const said = await cli("repair", "a", "--verbose");
    expect(said.stdout).toContain("1 file in quarantine or in the trash, 1 source\n");
    expect(said.stdout).toContain(`  source ${server.base}/a.txt would be tried\n`);
    const done = await cli("repair", "a", "--apply", "--verbose");
    expect(done.stdout).toMatch(/ from quarantine\n {2}quarantine .* has the bytes\n/);
  });

  it("keeps what has the name of a file, and is no file", async () => {
    await rm(pathOf("a"));
    await mkdir(pathOf("a"));
    const { exitCode, lines } = await cli("repair", "a", "--apply", "--json");
    expect(exitCode).toBe(1);
    expect(lines[0]).toMatchObject({ kind: "blocked", reason: "other_kind", steps: [], hint: expect.any(String) });
  });

  it("tells no secret of a URL", async () => {
    answers[`/s.txt?token=${SECRET}`] = text("secret bytes");
    await cli("add", `${server.base}/s.txt?token=${SECRET}`, "--artifact-id", "s");
    const { lines } = await cli("show", "s", "--json");
    await rm(new URL(String(lines[0]?.["storage_uri"])));
    for (const argv of [
      ["repair", "s"],
      ["repair", "s", "--apply"],
      ["repair", "s", "--apply", "--allow-private"],
    ]) {
      for (const format of [["--json"], ["--verbose"]]) {
        const { stdout, stderr } = await cli(...argv, ...format);
        expect(stdout + stderr).toContain("s.txt");
        expect(stdout + stderr).not.toContain(SECRET);
      }
    }
    const wrong = await cli("repair", "--all", `http://e.org/?token=${SECRET}`);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).not.toContain(SECRET);
  });

  it("takes no missing root for missing files", async () => {
    await rm(pathOf("a"));
    await cli("repair", "a", "--apply");
    await rename(join(folder.path, "data"), join(folder.path, "moved"));
    expect(await cli("repair", "--all")).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining("is not there"),
    });
  });

  it.each([
    [[], "Cannot repair: nothing is named"],
    [["1", "--all"], 'Cannot repair "1" and --all in one run'],
    [["nothing"], "no row has that id"],
    [["\ud800"], "Unicode"],
    [["", "--apply"], "ID is empty"],
    [["--all", "--max-bytes", "many"], "many"],
  ])("refuses %j", async (argv, message) => {
    const { exitCode, stderr } = await cli("repair", ...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  it("tells progress", async () => {
    await rm(pathOf("a"));
    const { errorLines } = await runCli(folder.path, ["repair", "a", "b", "--json"], {
      clock: { now: Date.now, monotonicMs: tickingClock(), sleep: async () => {} },
    });
    for (const line of errorLines) expect(line).toMatchObject({ type: "progress", command: "repair", total: 2 });
  });
});

function tickingClock(): () => number {
  let nowMs = 0;
  return () => {
    nowMs += 10_000;
    return nowMs;
  };
}

describe("what is said of a file", () => {
  const RESULT: RepairResult = {
    uri: "file:///data/a" as StorageUri,
    outcome: "lost",
    reason: null,
    expected: { sha256: null, bytes: null },
    found: { result: "missing", reason: "gone" },
    movedTo: null,
    steps: [],
    documents: [],
    variants: [1],
  };

  it.each<[Partial<RepairResult> & { readonly outcome: RepairOutcome & ("lost" | "unavailable") }, string]>([
    [{ outcome: "lost" }, 'Cannot repair "/data/a": nobody has its bytes.'],
    [
      {
        outcome: "unavailable",
        steps: [{ origin: "copy", uri: "file:///b", result: "unavailable", message: null, drift: null }],
      },
      'Cannot repair "/data/a": "/b" did not give its bytes: cannot be read now.',
    ],
  ])("%j", (change, message) => {
    expect(repairFinding({ ...RESULT, ...change }).message).toBe(message);
  });

  it("is where its bytes come from", () => {
    const step = { uri: "file:///t", result: "right", message: null, drift: null } as const;
    expect(describeOrigin({ ...RESULT, steps: [{ ...step, origin: "trash" }] })).toBe("the trash");
    expect(describeOrigin({ ...RESULT, steps: [{ ...step, origin: "copy" }] })).toBe("/t");
    expect(describeOrigin(RESULT)).toBe("nowhere");
    expect(describePlan(RESULT)).toBe("");
    expect(describePlan({ ...RESULT, steps: [{ ...step, origin: "copy" }] })).toBe("1 other file");
    expect(describeStep({ ...step, origin: "copy", result: "refused", message: "it is far" })).toBe(
      "copy /t is not asked: it is far",
    );
  });

  it("is told without a size where that is not known", () => {
    const part = repairedPart({ ...RESULT, outcome: "repaired" });
    expect(part.blocks({ verbose: false })).toEqual([{ block: "line", text: "Repaired /data/a from nowhere" }]);
    const tally = new RepairTally();
    for (const outcome of ["repaired", "lost"] as const)
      tally.add({ ...RESULT, outcome, uri: "s3://a/b c" as StorageUri });
    expect([tally.bytes, tally.firstBad]).toEqual([0, "'s3://a/b c'"]);
  });
});
