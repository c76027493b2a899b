import { createHash } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addRows, createProject, emptyWork, type RowsToAdd, RUNTIMES, runtimeOf } from "./installed-project.ts";

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
