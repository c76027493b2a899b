import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { lookInto } from "../corpus/catalog-rows.ts";
import { expectFinding, expectHarmless } from "./verdict.ts";
import { type Ended, lineOf, makeWorkplace, type Workplace } from "./workplace.ts";

let place: Workplace;

beforeEach(() => {
  place = makeWorkplace();
  place.write("f.txt", "hello\n");
});

afterEach(() => place.remove());

/** A line, what is reported about it, and what to do. */
type Case = readonly [name: string, line: string | Uint8Array, kind: string, message: readonly string[], hint: string];

const CORRECT = "Correct the damaged lines and import again";
const WHOLE = "expected a whole number of bytes from 0";

const CASES: readonly Case[] = [
  ["torn", '{"artifact_id":"b","pa\n', "damaged", ['"{"artifact_id":"b","pa"', "torn or malformed"], CORRECT],
  ["binary", "{\u0000\u0001\n", "damaged", ["binary", "NUL at byte 2"], CORRECT],
  ["not UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0x0a), "damaged", ["not valid UTF-8", "byte 3 of the line"], CORRECT],
  ["no object", "[1]\n", "damaged", ['"[1]"', "expected a JSON object"], CORRECT],
  ["without an id", lineOf("", { artifact_id: undefined }), "damaged", ["no artifact id", "artifact_id"], "--map"],
  ["with an empty id", lineOf(""), "damaged", ["no artifact id"], "--map"],
  ["with an id that is no text", lineOf("", { artifact_id: [7] }), "damaged", ["artifact_id [7]", "string"], CORRECT],
  ["with a size that is a word", lineOf("b", { bytes: "many" }), "damaged", ['bytes "many"', WHOLE], CORRECT],
  ["with a negative size", lineOf("b", { bytes: -1 }), "damaged", ["bytes -1", WHOLE], CORRECT],
  ["with a broken size", lineOf("b", { bytes: 1.5 }), "damaged", ["bytes 1.5", WHOLE], CORRECT],
  ["with a size beyond numbers", '{"artifact_id":"b","path":"f.txt","bytes":1e999}\n', "damaged", [WHOLE], CORRECT],
  ["with a hash that is none", lineOf("b", { sha256: "zz" }), "damaged", ['sha256 "zz"', "64 hex"], CORRECT],
  ["without a path", lineOf("b", { path: null }), "damaged", ["no path"], "--map"],
  ["that climbs out", lineOf("b", { path: "../../x" }), "outside", ['"../../x"', "outside the base"], "--base-dir"],
  ["that is elsewhere", lineOf("b", { path: "/etc/passwd" }), "outside", ['"/etc/passwd"'], "--allow-outside"],
  ["that climbs by a link", lineOf("b", { path: "out/x" }), "outside", ['"out/x"', "symlink"], "--allow-outside"],
  ["about a folder", lineOf("b", { path: "folder" }), "unreadable", ['"folder"', "is a folder"], "readable"],
  ["about a file that is gone", lineOf("b", { path: "no" }), "gone", ['"no"', "is not there"], "--allow-missing"],
  ["about 300 bytes of name", lineOf("b", { path: "n".repeat(300) }), "unreadable", ["nnn", "too long"], "readable"],
  [
    "with another size",
    lineOf("wrong size", { bytes: 7 }),
    "wrong_size",
    ["has 6 bytes, the line says 7"],
    "fetch again",
  ],
  ["that steers", lineOf("b", { path: "\u001b[2J\u0007\u202egpj" }), "gone", ['"\\x1b[2J\\x07\\u{202e}gpj"'], "gone"],
];

describe("a line of a manifest", () => {
  let imported: Workplace;
  let ended: Ended;

  // Good lines stand before, between and behind the bad ones, of which each stands on an even line.
  beforeAll(async () => {
    imported = makeWorkplace();
    for (const name of ["f.txt", "runs/f.txt", "secret/x"]) imported.write(name, "hello\n");
    mkdirSync(join(imported.path, "runs", "folder"));
    symlinkSync("../secret", join(imported.path, "runs", "out"));
    imported.write("runs/known.jsonl", lineOf("known"));
    expect((await imported.run(["import-manifest", "runs/known.jsonl"])).exitCode).toBe(EXIT.done);
    const lines = CASES.flatMap(([name, line]) => [lineOf(`good, before ${name}`), line]);
    imported.write(
      "runs/m.jsonl",
      Buffer.concat([...lines, lineOf("good, the last")].map((part) => Buffer.from(part))),
    );
    ended = await imported.run(["import-manifest", "runs/m.jsonl"]);
  });

  afterAll(() => imported.remove());

  it.each(CASES.map((each, index) => [...each, 2 * index + 2] as const))(
    "%s is reported once: what, where, why, and what to do",
    (_name, _line, kind, message, hint, number) => {
      const found = ended.stderr.split("\n").filter((line) => line.startsWith(`line ${number}: `));
      expect(found).toEqual([expect.stringContaining(`line ${number}: ${kind}: `)]);
      for (const part of message) expect(found[0]).toContain(part);
      expect(ended.stdout).toContain(hint);
    },
  );

  it("that is good is registered whatever stands around it, and nothing was lost", async () => {
    expect(ended.exitCode).toBe(EXIT.partly);
    expectHarmless(ended);
    expect(ended.stderr.split("\n")).toHaveLength(CASES.length + 1);
    const good = CASES.map(([name]) => `good, before ${name}`);
    expect(await imported.artifacts()).toEqual([...good, "good, the last", "known", "wrong size"].sort());
  });

  it("of the downloader without an id is reported", async () => {
    place.write("m.jsonl", '{"record_type":"manifest","schema_version":5}\n');
    const message = ["it has no artifact id (work_id)"];
    expectFinding(await place.run(["import-manifest", "m.jsonl"]), {
      kind: "damaged",
      line: 1,
      message,
      hint: CORRECT,
    });
  });
});

describe("names", () => {
  it.runIf(process.platform === "linux")("of NFC and NFD twins stay two files", async () => {
    const [composed, decomposed] = ["caf\u00e9.txt", "cafe\u0301.txt"];
    place.write(composed, "1");
    place.write(decomposed, "22");
    place.write("m.jsonl", lineOf("composed", { path: composed }) + lineOf("decomposed", { path: decomposed }));
    expect(await place.run(["import-manifest", "m.jsonl"])).toMatchObject({ exitCode: EXIT.done, stderr: "" });
    await lookInto(place.catalogPath, ({ query }) => {
      expect(query("SELECT artifact_id, bytes FROM documents ORDER BY bytes")).toEqual([
        ["composed", 1],
        ["decomposed", 2],
      ]);
      expect(query("SELECT count(DISTINCT storage_uri) FROM documents")).toEqual([[2]]);
    });
  });

  it("with control characters are registered as they are, and never reach the terminal", async () => {
    const evil = "\u001b]0;owned\u0007\u009b31m\u202e\r";
    const name = process.platform === "win32" ? "f.txt" : "f\u001b[2J\u0007.txt";
    place.write(name, "hello\n");
    place.write("m.jsonl", lineOf(evil, { source_url: `https://example.org/${evil}`, path: name, resolver: evil }));
    expect(await place.run(["import-manifest", "m.jsonl"])).toMatchObject({ exitCode: EXIT.done, stderr: "" });
    expect(await place.artifacts()).toEqual([evil]);
    const verbs = [
      ["search"],
      ["search", "--verbose"],
      ["show", "1"],
      ["stats"],
      ["where", "5891b5b5"],
      ["show", evil],
    ];
    for (const words of [...verbs, ["remove", "1"], ["show", evil], ["variants", evil], [evil]]) {
      for (const more of [[], ["--json"]]) expectHarmless(await place.run([...words, ...more]));
    }
  });
});

describe("a file that changes while it is read", () => {
  it("is reported and not registered", async () => {
    const path = place.write("growing.bin", "");
    place.write("m.jsonl", lineOf("steady") + lineOf("growing", { path: "growing.bin" }));
    const { Worker } = await import("node:worker_threads");
    writeFileSync(path, "x".repeat(1 << 20));
    // It is large enough for many writes to fall into the time that it takes to read it.
    const writer = new Worker(
      `const { parentPort, workerData } = require("node:worker_threads");
      const fs = require("node:fs");
      fs.truncateSync(workerData, 12 * 2 ** 20);
      const file = fs.openSync(workerData, "r+");
      parentPort.postMessage("begun");
      const write = () => { for (let i = 0; i < 100; i++) fs.writeSync(file, "y", i); setImmediate(write); };
      write();`,
      { eval: true, workerData: path },
    );
    try {
      await new Promise((resolve) => writer.once("message", resolve));
      const ended = await place.run(["import-manifest", "m.jsonl", "--set", "catalog.hasher=wasm"]);
      const message = ['"growing.bin"', "written to while it was read"];
      expectFinding(ended, { kind: "unstable", line: 2, message, hint: "once nothing writes" });
      expect(await place.artifacts()).toEqual(["steady"]);
    } finally {
      await writer.terminate();
    }
  });
});
