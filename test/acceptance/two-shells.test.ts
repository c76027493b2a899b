import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { expectError } from "./verdict.ts";
import { lineOf, makeWorkplace, namesIn, type Running, type Workplace } from "./workplace.ts";

/** So many lines are more than an import holds back before it registers some. */
const LINES = 21_000;

const IMPORT = ["import-manifest", "-", "--hash", "none"] as const;
const NOW = ["--set", "catalog.busy_timeout=0"] as const;
const PATIENT = ["--set", "catalog.busy_timeout=60000"] as const;

let place: Workplace;

beforeEach(() => {
  place = makeWorkplace();
});

afterEach(() => place.remove());

function manifestOf(lines: number): string {
  return Array.from({ length: lines }, (_, index) => lineOf(`line ${index}`, { bytes: 6 })).join("");
}

/** Stops a process while it holds the lock; it goes on with SIGCONT. */
async function stopAsHolder({ pid, kill }: Running): Promise<void> {
  const path = `${place.catalogPath}.lock`;
  const holds = (): boolean => existsSync(path) && readFileSync(path, "utf8").includes(`"pid":${pid},`);
  for (;;) {
    if (holds()) {
      kill("SIGSTOP");
      await sleep(50);
      if (holds()) return;
      kill("SIGCONT");
    }
    await sleep(1);
  }
}

describe("two shells that import into one catalog at once", () => {
  it("get BUSY with the name of the other, or wait; and both are in it", async () => {
    expect((await place.run(["init"])).exitCode).toBe(EXIT.done);
    place.write("second.jsonl", lineOf("second", { bytes: 6 }));
    const second = ["import-manifest", "second.jsonl", "--hash", "none"] as const;
    let begin = (_running: Running): void => {};
    const begun = new Promise<Running>((resolve) => {
      begin = resolve;
    });
    const first = place.run(IMPORT, {
      onStart: (running) => {
        running.write(manifestOf(LINES));
        running.endInput();
        begin(running);
      },
    });
    const holder = await begun;
    await stopAsHolder(holder);
    const refused = await place.run([...second, ...NOW]);
    const name = `being written by process ${holder.pid} on host `;
    const message = [JSON.stringify(place.catalogPath), name, ", last heard of at "];
    expectError(refused, { exitCode: EXIT.busy, message, hint: "Wait until it is done, or stop it." });
    // Readers wait for nobody.
    expect((await place.run(["stats", ...NOW])).exitCode).toBe(EXIT.done);
    const waiting = place.run([...second, ...PATIENT]);
    holder.kill("SIGCONT");
    expect((await first).exitCode).toBe(EXIT.done);
    expect((await waiting).exitCode).toBe(EXIT.done);
    expect(namesIn(dirname(place.catalogPath))).toEqual(["catalog.sqlite"]);
    expect(await place.artifacts()).toHaveLength(LINES + 1);
    expect(await place.artifacts()).toContain("second");
  });

  it("do not wait for one that waits for its input", async () => {
    place.write("second.jsonl", lineOf("second", { bytes: 6 }));
    const second: Promise<number | null>[] = [];
    const first = await place.run([...IMPORT, "--json"], {
      onStart: (running) => {
        const write = async (): Promise<void> => {
          await running.waitFor('"documents":');
          const ended = place.run(["import-manifest", "second.jsonl", "--hash", "none"]);
          second.push(ended.then(({ exitCode }) => exitCode));
          await ended;
          expect(running.ended).toBe(false);
          running.endInput();
        };
        running.write(manifestOf(LINES));
        void write();
      },
    });
    expect([first.exitCode, await second[0]]).toEqual([EXIT.done, EXIT.done]);
    expect(await place.artifacts()).toHaveLength(LINES + 1);
  });

  it("begin with no catalog and end with one", async () => {
    const names = ["first", "second", "third"];
    for (const name of names) place.write(`${name}.jsonl`, lineOf(name, { bytes: 6 }));
    const ends = await Promise.all(
      names.map((name) => place.run(["import-manifest", `${name}.jsonl`, "--hash", "none", ...PATIENT])),
    );
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([EXIT.done, EXIT.done, EXIT.done]);
    expect(await place.artifacts()).toEqual(names);
    expect(namesIn(dirname(place.catalogPath))).toEqual(["catalog.sqlite"]);
  });
});

describe("two shells that add to one catalog at once", () => {
  const FILES = 60;

  it("end with the union", async () => {
    const trees = ["first", "second"] as const;
    for (const tree of trees) {
      // Every third file has the same bytes in both.
      for (let index = 0; index < FILES; index++) {
        place.write(`${tree}/${index}.txt`, index % 3 === 0 ? `both ${index}` : `${tree} ${index}`);
      }
    }
    const ends = await Promise.all(
      trees.map((tree) => place.run(["add", "-r", tree, "--root", "root", "--set", "storage.layout=cas"])),
    );
    for (const { exitCode, stderr } of ends) expect({ exitCode, stderr }).toEqual({ exitCode: EXIT.done, stderr: "" });
    expect(namesIn(dirname(place.catalogPath))).toEqual(["catalog.sqlite"]);
    const expected = trees.flatMap((tree) => Array.from({ length: FILES }, (_, index) => `file:${tree}/${index}.txt`));
    expect(await place.artifacts()).toEqual(expected.sort());
  });
});

describe("two shells that drop rows of one catalog at once", () => {
  /** More than go in one batch. */
  const ARTIFACTS = 300;

  it("leave one copy of each artifact, although each may drop one of two", async () => {
    const sides = ["left", "right"] as const;
    const lines = sides.flatMap((resolver) =>
      Array.from({ length: ARTIFACTS }, (_, index) => {
        const path = `${resolver}/${index}.txt`;
        place.write(path, `${resolver} ${index}`);
        return lineOf(`${index}`, { resolver, path, created_at: "2020-01-01" });
      }),
    );
    place.write("manifest.jsonl", lines.join(""));
    expect((await place.run(["import-manifest", "manifest.jsonl"])).exitCode).toBe(EXIT.done);
    const ends = await Promise.all(
      sides.map((side) => place.run(["retention", "--older-than", "30d", "--resolver", side, "--apply", ...PATIENT])),
    );
    for (const { exitCode, stderr } of ends) {
      expect([EXIT.done, EXIT.partly], stderr).toContain(exitCode);
    }
    const expected = Array.from({ length: ARTIFACTS }, (_, index) => `${index}`);
    expect(await place.artifacts()).toEqual(expected.sort());
  });
});
