import { existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createNodeProcessTable } from "../../src/adapters/process/node.ts";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { describeWith, outputOf } from "../components.ts";
import { expectError } from "./verdict.ts";
import { lineOf, makeWorkplace, type Workplace } from "./workplace.ts";

const REMOVE = ["remove", "1", "--set", "catalog.busy_timeout=600000"] as const;

let first: Workplace;
let place: Workplace;

beforeAll(async () => {
  first = makeWorkplace();
  first.write("m.jsonl", lineOf("known", { bytes: 6 }));
  expect((await first.run(["import-manifest", "m.jsonl", "--hash", "none"])).exitCode).toBe(EXIT.done);
});

afterAll(() => first.remove());

beforeEach(() => {
  place = makeWorkplace();
  place.write("state/catalog.sqlite", readFileSync(first.catalogPath));
});

afterEach(() => place.remove());

describe("a lock that is none", () => {
  it.each([
    ["dangling symlink", (path: string) => symlinkSync("/nonexistent/x", path), "it is a symbolic link"],
    ["folder", (path: string) => mkdirSync(path), "it is a folder"],
    ["gigabyte", makeGigabyte, "it is no lock, but another file"],
  ])("is refused by name, however long the caller would wait: %s", async (_title, make, what) => {
    make(`${place.catalogPath}.lock`);
    await expectRefused(what);
  });
});

describeWith("mkfifo", "a lock that is a pipe", (mkfifo) => {
  it("is refused by name, however long the caller would wait", async () => {
    outputOf(mkfifo, [`${place.catalogPath}.lock`]);
    await expectRefused("it is no regular file, but a pipe");
  });
});

async function expectRefused(what: string): Promise<void> {
  const message = [JSON.stringify(`${place.catalogPath}.lock`), what];
  expectError(await place.run(REMOVE), { exitCode: EXIT.refused, message, hint: "Move it away" });
  expect(await place.artifacts()).toEqual(["known"]);
}

function makeGigabyte(path: string): void {
  writeFileSync(path, "");
  truncateSync(path, 2 ** 30);
}

describe("a log that is a symlink to a short file", () => {
  it("is refused by name, and the file stays as it is", async () => {
    const log = `${place.catalogPath}.oplog`;
    const outside = place.write("outside", "short");
    symlinkSync(outside, log);
    const message = [JSON.stringify(log), "it is a symbolic link"];
    expectError(await place.run(REMOVE), { exitCode: EXIT.refused, message, hint: "Nothing was written to it." });
    expect(readFileSync(outside, "utf8")).toBe("short");
  });
});

describe("a command that waits for the lock", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("ends when it gets %s", async (signal) => {
    const lock = `${place.catalogPath}.lock`;
    // Held by this process, which lives.
    const holder = { nonce: "5".repeat(32), ...createNodeProcessTable().self() };
    writeFileSync(lock, `${JSON.stringify(holder)}\n${Date.now()}\n`);
    const ended = await place.run(REMOVE, {
      onStart: (running) => {
        const interrupt = async (): Promise<void> => {
          while (!existsSync(`${lock}.wanted`)) await sleep(5);
          running.kill(signal);
        };
        void interrupt();
      },
    });
    expect(ended).toMatchObject({ exitCode: EXIT.interrupted, signal: null, stdout: "" });
  });
});
