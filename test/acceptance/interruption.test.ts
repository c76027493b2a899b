import { watch } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { describeWith } from "../components.ts";
import { expectError, jsonLines } from "./verdict.ts";
import { commandLine, lineOf, makeWorkplace, namesIn, type Running, type Workplace } from "./workplace.ts";

/** So many lines are more than an import holds back before it registers some. */
const LINES = 21_000;

/** So many records are more than a pipe takes. */
const ROWS = 3000;

const IMPORT = ["import-manifest", "-", "--hash", "none"] as const;

let place: Workplace;

beforeEach(() => {
  place = makeWorkplace();
});

afterEach(() => place.remove());

function manifestOf(lines: number): string {
  return Array.from({ length: lines }, (_, index) => lineOf(`line ${index}`, { bytes: 6 })).join("");
}

/** Resolves when a name that has `part` comes up in the folder of the catalog. */
function seen(part: string, call: () => void): { readonly stop: () => void } {
  const watcher = watch(dirname(place.catalogPath), (_event, name) => {
    if (!name?.includes(part)) return;
    watcher.close();
    call();
  });
  return { stop: () => watcher.close() };
}

describe("an import", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "that gets %s ends with 130, keeps what it did, and goes on later",
    async (signal) => {
      const manifest = manifestOf(LINES);
      const ended = await place.run([...IMPORT, "--json"], {
        onStart: (running) => {
          void running.waitFor('"documents":').then(() => running.kill(signal));
          running.write(manifest);
        },
      });
      expect(ended).toMatchObject({ exitCode: EXIT.interrupted, signal: null, stdout: "" });
      const hint = "Run the same command again to go on.";
      expect(jsonLines(ended.stderr).at(-1)).toMatchObject({ type: "error", code: "INTERRUPTED", hint });
      expect(namesIn(dirname(place.catalogPath))).toEqual(["catalog.sqlite"]);
      const kept = await place.artifacts();
      expect(kept.length).toBeGreaterThan(0);
      const again = await place.run([...IMPORT, "--json"], { input: manifest });
      expect(JSON.parse(again.stdout)).toMatchObject({ documents: LINES - kept.length, repeats: kept.length });
      expect(await place.artifacts()).toHaveLength(LINES);
    },
  );

  it("that is killed while it writes the catalog leaves the old one or the new one", async () => {
    place.write("m.jsonl", manifestOf(ROWS));
    place.write("known.jsonl", lineOf("known", { bytes: 6 }));
    expect((await place.run(["import-manifest", "known.jsonl", "--hash", "none"])).exitCode).toBe(EXIT.done);
    let killed = 0;
    for (const delayMs of [0, 5, 20]) {
      const before = await place.artifacts();
      const ended = await place.run(["import-manifest", "m.jsonl", "--hash", "none"], {
        onStart: (running) => {
          const kill = (): void => running.kill("SIGKILL");
          seen(".tmp.", () => (delayMs === 0 ? kill() : setTimeout(kill, delayMs)));
          running.endInput();
        },
      });
      if (ended.signal === "SIGKILL") killed++;
      const after = await place.artifacts();
      expect(after.length).toBeGreaterThanOrEqual(before.length);
      expect(after).toContain("known");
    }
    expect(killed).toBeGreaterThan(0);
    expect((await place.run(["import-manifest", "m.jsonl", "--hash", "none"])).exitCode).toBe(EXIT.done);
    expect(await place.artifacts()).toHaveLength(ROWS + 1);
    // A writer tidies up behind those that could not.
    expect((await place.run(["remove", "1"])).exitCode).toBe(EXIT.done);
    expect(namesIn(dirname(place.catalogPath))).toEqual(["catalog.sqlite"]);
  });
});

describe("a reader that goes away", () => {
  it.each([[["search"]], [["search", "--json"]], [["search", "--limit", "2999"]]])(
    "from %j ends it with 0 and without a word",
    async (words) => {
      await place.run(IMPORT, { input: manifestOf(ROWS) });
      const ended = await place.run(words, { onStart: (running) => running.stopReading() });
      expect(ended).toMatchObject({ exitCode: EXIT.done, signal: null, stderr: "" });
    },
  );
});

describeWith("bash", "a pipe of the shell", ({ program }) => {
  it("into head ends with 0", async () => {
    await place.run(IMPORT, { input: manifestOf(ROWS) });
    const script = `set -o pipefail; ${commandLine(["search", "--json"])} | head -1`;
    const starter = { program, words: ["-c", script] };
    const ended = await place.run([], { starter });
    expect(ended).toMatchObject({ exitCode: EXIT.done, stderr: "" });
    expect(ended.stdout.split("\n")).toHaveLength(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({ type: "record", id: 1 });
  });
});

describe("two shells that import into one catalog at once", () => {
  const NOW = ["--set", "catalog.busy_timeout=0"] as const;
  const PATIENT = ["--set", "catalog.busy_timeout=60000"] as const;

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
        seen(".lock", () => begin(running));
        running.write(manifestOf(LINES));
      },
    });
    const holder = await begun;
    const refused = await place.run([...second, ...NOW]);
    expectError(refused, {
      exitCode: EXIT.busy,
      message: [JSON.stringify(place.catalogPath), `being written by process ${holder.pid} on host `, " since "],
      hint: "Wait until it is done, or stop it.",
    });
    // Readers wait for nobody.
    expect((await place.run(["stats", ...NOW])).exitCode).toBe(EXIT.done);
    const waiting = place.run([...second, ...PATIENT]);
    holder.endInput();
    expect((await first).exitCode).toBe(EXIT.done);
    expect((await waiting).exitCode).toBe(EXIT.done);
    expect(await place.artifacts()).toHaveLength(LINES + 1);
    expect(await place.artifacts()).toContain("second");
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
