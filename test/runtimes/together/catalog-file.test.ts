import { createHash } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeWith, outputOf } from "../../components.ts";
import {
  addRows,
  createProject,
  emptyWork,
  type RowsToAdd,
  RUNTIMES,
  runScript,
  runtimeOf,
} from "./installed-project.ts";

let project = "";
beforeAll(() => {
  project = createProject();
});
beforeEach(() => {
  emptyWork(project);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** The lines that name the rows of all that was added. */
function rowsOf(...added: readonly RowsToAdd[]): readonly string[] {
  const lines = added.flatMap(({ name, rows }) =>
    Array.from({ length: rows }, (_, row) => {
      const bytes = `bytes ${row}`;
      return `row ${name}-${row} ${createHash("sha256").update(bytes).digest("hex")} ${bytes.length}`;
    }),
  );
  return lines.sort();
}

function only(lines: readonly string[], start: "row" | "created" | "found"): readonly string[] {
  return lines.filter((line) => line.startsWith(`${start} `));
}

const HOSTS = ["node", "deno", "bun"] as const;
const ORDERS = HOSTS.flatMap((first) =>
  HOSTS.filter((host) => host !== first).map((second) => {
    const third = HOSTS.find((host) => host !== first && host !== second) ?? first;
    return [first, second, third] as const;
  }),
);

describe.each(RUNTIMES.map((runtime) => [runtime.name, runtime] as const))("Package on %s", (_name, runtime) => {
  it("stores and registers, and finds it after reopening", async () => {
    const task = { name: "row", rows: 2 };
    const first = await addRows(runtime, project, task);
    expect(first).toEqual(["created row-0", "created row-1", ...rowsOf(task)]);
    const again = await addRows(runtime, project, task);
    expect(again).toEqual(["found row-0", "found row-1", ...rowsOf(task)]);
  });
});

describe("One catalog file", () => {
  it.each(ORDERS)("is made by %s, extended by %s, then by %s", async (...order) => {
    const added: RowsToAdd[] = [];
    for (const host of order) {
      added.push({ name: host, rows: 2 });
      expect(only(await addRows(runtimeOf(host), project, { name: host, rows: 2 }), "row")).toEqual(rowsOf(...added));
    }
    expect(readdirSync(join(project, "work", "state"))).toEqual(["catalog.sqlite"]);
  });

  it("takes the rows of all runtimes at once, and loses none", async () => {
    const tasks = RUNTIMES.map((runtime) => ({ name: runtime.name.replace(" ", ""), rows: 20, rowsPerOpening: 5 }));
    const outputs = await Promise.all(
      tasks.map((task, index) => addRows(RUNTIMES[index] ?? runtimeOf("node"), project, task)),
    );
    for (const lines of outputs) expect(only(lines, "created")).toHaveLength(20);
    const all = await addRows(runtimeOf("node"), project, { name: "none", rows: 0, rowsPerOpening: 1 });
    expect(only(all, "row")).toEqual(rowsOf(...tasks));
    expect(readdirSync(join(project, "work", "state"))).toEqual(["catalog.sqlite"]);
  });
});

describe("A program that ends without a word to the catalog", () => {
  /** Half of the time after which a silent holder of the lock is taken for dead. */
  const busyTimeout = 30_000;

  it.each([
    ["node", "exit"],
    ["deno", "exit"],
    ["bun", "exit"],
    ["node", "terminate"],
    ["bun", "terminate"],
  ] as const)("keeps nobody waiting, on %s, by %s", async (host, how) => {
    const work = join(project, "work");
    const place = { catalogPath: join(work, "state", "catalog.sqlite"), rootDir: join(work, "data") };
    const json = JSON.stringify({ ...place, name: "early", how, busyTimeout });
    const ended = await runScript(runtimeOf(host), project, ["end-early.mjs", host, json]);
    const names = how === "exit" ? ["early"] : ["early", "after-early"];
    expect(ended).toEqual({ exitCode: 0, stderr: "", stdout: names.map((name) => `${name}\n`).join("") });
    const lines = await addRows(runtimeOf("node"), project, { name: "next", rows: 1, busyTimeout });
    expect(lines.filter((line) => /^(created|row) next/.test(line))).toHaveLength(2);
    expect(only(lines, "row").filter((line) => line.includes("early"))).toHaveLength(names.length);
  });
});

describeWith("sqlite3", "One catalog file and the sqlite3 shell", (starter) => {
  it.each(HOSTS)("is made by %s, extended by the shell, then by every host", async (host) => {
    const first = { name: host, rows: 1 };
    await addRows(runtimeOf(host), project, first);
    const path = join(project, "work", "state", "catalog.sqlite");
    const byShell = { name: "shell", rows: 1 };
    const [, artifactId, sha256, bytes] = rowsOf(byShell)[0]?.split(" ") ?? [];
    const time = "'2026-01-01T00:00:00.000Z'";
    outputOf(starter, [
      path,
      `INSERT INTO documents (artifact_id, source_url, resolver, bytes, sha256, storage_uri, created_at, updated_at)
       VALUES ('${artifactId}', 'u', 'test', ${bytes}, '${sha256}', 's3://b/k', ${time}, ${time})`,
    ]);
    const added = [first, byShell];
    for (const each of HOSTS) {
      const more = { name: `after-${each}`, rows: 1 };
      added.push(more);
      expect(only(await addRows(runtimeOf(each), project, more), "row")).toEqual(rowsOf(...added));
    }
    const checks = ["PRAGMA integrity_check", "PRAGMA foreign_key_check", "SELECT count(*) FROM documents"];
    expect(
      outputOf(starter, ["-readonly", path, ...checks])
        .trim()
        .split("\n"),
    ).toEqual(["ok", String(added.length)]);
  });
});
