import { watch } from "node:fs";
import { dirname } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { describeWith } from "../components.ts";
import { sampleOf } from "../sampling.ts";
import { jsonLines } from "./verdict.ts";
import { commandLine, lineOf, makeWorkplace, namesIn, type Workplace } from "./workplace.ts";

/** So many lines are more than an import holds back before it registers some. */
const LINES = 21_000;

/** So many records are more than a pipe takes. */
const ROWS = 3000;

const IMPORT = ["import-manifest", "-", "--hash", "none"] as const;

let place: Workplace;
/** With a catalog of so many records, which no test changes. */
let full: Workplace;

beforeAll(async () => {
  full = makeWorkplace();
  expect((await full.run(IMPORT, { input: manifestOf(ROWS) })).exitCode).toBe(EXIT.done);
});

afterAll(() => full.remove());

beforeEach(() => {
  place = makeWorkplace();
});

afterEach(() => place.remove());

function manifestOf(lines: number): string {
  return Array.from({ length: lines }, (_, index) => lineOf(`line ${index}`, { bytes: 6 })).join("");
}

/**
 * At which coming or going of a private directory an import is killed, and how many milliseconds later: the first is
 * made for the log, the next for the checkpoint at the end.
 */
const KILLS = [
  [1, 0],
  [2, 0],
  [3, 0],
  [3, 5],
  [3, 20],
] as const;

/** Of which `npm test` tries some. */
const SAMPLE = { variable: "KILL_ROUNDS", few: 3, of: "killed while it writes the catalog" };

interface Watch {
  /** How often the name has to come or go. */
  readonly times: number;
  readonly call: () => void;
}

/** Calls when a name that fits `pattern` came or went in the folder of the catalog, unless `catalog` is gone before. */
function seen(pattern: RegExp, { times, call }: Watch): void {
  let left = times;
  const watcher = watch(dirname(place.catalogPath), (_event, name) => {
    if (name === null || !pattern.test(name)) return;
    left -= 1;
    if (left > 0) return;
    watcher.close();
    call();
  });
  watcher.unref();
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
    for (const [step, delayMs] of sampleOf(KILLS, SAMPLE)) {
      const before = await place.artifacts();
      const ended = await place.run(["import-manifest", "m.jsonl", "--hash", "none"], {
        onStart: (running) => {
          const kill = (): void => running.kill("SIGKILL");
          seen(/\.d$/, { times: step, call: () => (delayMs === 0 ? kill() : setTimeout(kill, delayMs)) });
          running.endInput();
        },
      });
      if (ended.signal === "SIGKILL") killed++;
      await place.checkpoint();
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
      const ended = await full.run(words, { onStart: (running) => running.stopReading() });
      expect(ended).toMatchObject({ exitCode: EXIT.done, signal: null, stderr: "" });
    },
  );
});

describeWith("bash", "a pipe of the shell", ({ program }) => {
  it("into head ends with 0", async () => {
    const script = `set -o pipefail; ${commandLine(["search", "--json"])} | head -1`;
    const starter = { program, words: ["-c", script] };
    const ended = await full.run([], { starter });
    expect(ended).toMatchObject({ exitCode: EXIT.done, stderr: "" });
    expect(ended.stdout.split("\n")).toHaveLength(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({ type: "record", id: 1 });
  });
});
