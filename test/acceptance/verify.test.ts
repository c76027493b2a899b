import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { findPathOfUri } from "../../src/core/storage-uri.ts";
import { describeWith, outputOf } from "../components.ts";
import { lookInto } from "../corpus/catalog-rows.ts";
import { jsonLines } from "./verdict.ts";
import { makeWorkplace, type Workplace } from "./workplace.ts";

let place: Workplace;
let paths: readonly string[] = [];

const COUNT = 12;

/** What happens to the first files, one each; the others stay as they are. */
const TAMPERING: readonly (readonly [verdict: string, tamper: (path: string) => void])[] = [
  ["mismatch hash", flipBit],
  ["mismatch size", (path) => truncateSync(path, 3)],
  ["mismatch size", (path) => appendFileSync(path, "x")],
  ["mismatch size", (path) => truncateSync(path, 0)],
  ["missing gone", (path) => rmSync(path)],
  ["missing other_kind", (path) => replaceBy(path, () => mkdirSync(path))],
  ["missing other_kind", (path) => replaceBy(path, () => symlinkSync(paths.at(-1) ?? "", path))],
];

function flipBit(path: string): void {
  const { atime, mtime } = statSync(path);
  const bytes = readFileSync(path);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

function replaceBy(path: string, make: () => void): void {
  rmSync(path);
  make();
}

beforeAll(async () => {
  place = makeWorkplace();
  for (let n = 0; n < COUNT; n++) place.write(`in/${n}.txt`, `the text of file ${n}\n`);
  expect((await place.run(["add", "-r", "in"])).exitCode).toBe(EXIT.done);
  expect((await place.run(["verify", "--all"])).exitCode).toBe(EXIT.done);
  await place.checkpoint();
  const uris = await lookInto(place.catalogPath, ({ query }) =>
    query("SELECT storage_uri FROM documents ORDER BY id").map(([uri]) => String(uri)),
  );
  paths = uris.map((uri) => findPathOfUri(uri) ?? "");
  for (const [n, [, tamper]] of TAMPERING.entries()) {
    chmodSync(paths[n] ?? "", 0o644);
    tamper(paths[n] ?? "");
  }
});

afterAll(() => place.remove());

describe("catalog verify", () => {
  it("finds what was tampered with, each with its result and reason, and nothing else", async () => {
    const { exitCode, stdout } = await place.run(["verify", "--all", "--json"]);
    expect(exitCode).toBe(EXIT.finding);
    const lines = jsonLines(stdout);
    const found = new Map(lines.slice(0, -1).map(({ path, kind, reason }) => [path, `${kind} ${reason}`]));
    expect(found).toEqual(new Map(TAMPERING.map(([verdict], n) => [paths[n], verdict])));
    expect(lines.at(-1)).toMatchObject({ ok: COUNT - TAMPERING.length, mismatch: 4, missing: 3, complete: true });
  });

  it("shows it to people, and stays at 1 until nothing is bad", async () => {
    const { exitCode, stdout } = await place.run(["verify", "--max-age", "30d"]);
    expect(exitCode).toBe(EXIT.finding);
    expect(stdout).toContain("7 files known to be bad were not read this time.");
    const named = await place.run(["verify", "1"]);
    expect([named.exitCode, named.stdout.split("\n")[0]]).toEqual([EXIT.finding, "RESULT    WHY          ROWS  FILE"]);
    expect((await place.run(["verify", String(COUNT)])).exitCode).toBe(EXIT.done);
    expect((await place.run(["verify"])).exitCode).toBe(EXIT.usage);
    expect((await place.run(["verify", "999"])).exitCode).toBe(EXIT.usage);
  });
});

describeWith("sqlite3", "sha256sum -c on a list made by sqlite3", (sqlite3) => {
  it("finds the same, but for a symlink, which it follows", async () => {
    await place.checkpoint();
    const sql = "SELECT sha256 || '  ' || substr(storage_uri, 8) FROM documents";
    // sha256sum would wait for the other end of the pipe.
    const pipe = paths[7] ?? "";
    const list = outputOf(sqlite3, ["-readonly", place.catalogPath, sql])
      .split("\n")
      .filter((line) => !line.endsWith(pipe))
      .join("\n");
    const file = place.write("list.sha256", list);
    const failed = spawnSync("sha256sum", ["-c", file], { encoding: "utf8" })
      .stdout.split("\n")
      .flatMap((line) => /^(.*): FAILED/.exec(line)?.[1] ?? []);
    const { stdout } = await place.run(["verify", "--all", "--json"]);
    const found = jsonLines(stdout).flatMap(({ type, path }) => (type === "finding" ? [String(path)] : []));
    expect(failed.sort()).toEqual(found.filter((path) => path !== pipe).sort());
  });
});
