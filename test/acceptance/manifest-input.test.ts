import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { describeWith } from "../components.ts";
import { expectError, expectFinding, expectHarmless } from "./verdict.ts";
import { lineOf, makeWorkplace, namesIn, type Workplace } from "./workplace.ts";

const MIB = 1024 * 1024;

/** How much more memory a strange manifest may take than a small one: that of the longest line, some times over. */
const ROOM_BYTES = 80 * MIB;

let place: Workplace;

beforeEach(() => {
  place = makeWorkplace();
  place.write("f.txt", "hello\n");
});

afterEach(() => place.remove());

/** Chunks of text without any line end. */
function* endless(chunks: number): Generator<Uint8Array> {
  const chunk = Buffer.alloc(MIB, "x");
  for (let count = 0; count < chunks; count++) yield chunk;
}

describe("a manifest", () => {
  it("that is missing ends it with 2, and nothing is made", async () => {
    const message = [JSON.stringify(join(place.path, "no.jsonl")), "no such file"];
    const ended = await place.run(["import-manifest", "no.jsonl"]);
    expectError(ended, { exitCode: EXIT.usage, message, hint: "Check the path" });
    expect(namesIn(place.path)).toEqual(["f.txt"]);
  });

  it("that is a folder ends it, and nothing is made", async () => {
    mkdirSync(join(place.path, "runs"));
    const message = [JSON.stringify(join(place.path, "runs")), "it is a folder"];
    const ended = await place.run(["import-manifest", "runs"]);
    expectError(ended, { exitCode: EXIT.failed, message, hint: "manifest.jsonl" });
    expect(namesIn(place.path)).toEqual(["f.txt", "runs"]);
  });

  it("in UTF-16 is refused with the way to convert it", async () => {
    place.write("m.jsonl", Buffer.from(`\ufeff${lineOf("a")}`, "utf16le"));
    const message = ["m.jsonl", "UTF-16, not UTF-8"];
    const ended = await place.run(["import-manifest", "m.jsonl"]);
    expectError(ended, { exitCode: EXIT.failed, message, hint: "iconv -f UTF-16" });
    expect(await place.artifacts()).toEqual([]);
  });

  it("with a byte order mark, CRLF, empty lines and no last line end is read", async () => {
    place.write("m.jsonl", `\ufeff${lineOf("a").trim()}\r\n\r\n${lineOf("b").trim()}\r\n${lineOf("c").trim()}`);
    expect(await place.run(["import-manifest", "m.jsonl"])).toMatchObject({ exitCode: EXIT.done, stderr: "" });
    expect(await place.artifacts()).toEqual(["a", "b", "c"]);
  });

  it("that is another kind of file is reported line by line", async () => {
    place.write("m.jsonl", readFileSync(process.execPath).subarray(0, 20_000));
    const ended = await place.run(["import-manifest", "m.jsonl"]);
    expect(ended).toMatchObject({ exitCode: EXIT.partly, stderr: expect.stringMatching(/^line 1: damaged: /) });
    expectHarmless(ended);
    expect(await place.artifacts()).toEqual([]);
  });

  it("with a line of 100 MB takes no memory for it", async () => {
    place.write("small.jsonl", lineOf("a"));
    const small = await place.run(["import-manifest", "small.jsonl"], { measured: true });
    place.write("m.jsonl", Buffer.concat([...parts(lineOf("b")), ...endless(100), ...parts(`\n${lineOf("c")}`)]));
    const ended = await place.run(["import-manifest", "m.jsonl"], { measured: true });
    const message = ["longer than 16 MiB"];
    expectFinding(ended, { kind: "damaged", line: 2, message, hint: "Correct the damaged lines" });
    expect(await place.artifacts()).toEqual(["a", "b", "c"]);
    expect(ended.peakBytes).toBeLessThan(small.peakBytes + ROOM_BYTES);
  });

  it("that never ends its line is given up, in as little memory, with what came before", async () => {
    place.write("small.jsonl", lineOf("a"));
    const small = await place.run(["import-manifest", "small.jsonl"], { measured: true });
    let given = 0;
    function* input(): Generator<Uint8Array> {
      yield* parts(lineOf("b"));
      for (const chunk of endless(8192)) {
        given += chunk.length;
        yield chunk;
      }
    }
    const ended = await place.run(["import-manifest", "-"], { input: input(), measured: true });
    const message = ['"standard input"', "line 2", "more than 1 GiB"];
    expectError(ended, { exitCode: EXIT.failed, message, hint: "no JSON Lines file" });
    expect(given).toBeLessThan(1200 * MIB);
    expect(ended.peakBytes).toBeLessThan(small.peakBytes + ROOM_BYTES);
    expect(await place.artifacts()).toEqual(["a", "b"]);
  });
});

function parts(text: string): readonly Uint8Array[] {
  return [Buffer.from(text)];
}

describeWith("permissions", "a manifest that may not be read", (starter) => {
  it("ends it with 5, and nothing is made", async () => {
    chmodSync(place.write("m.jsonl", lineOf("a")), 0);
    const ended = await place.run(["import-manifest", "m.jsonl"], { starter });
    const message = [JSON.stringify(join(place.path, "m.jsonl")), "denied access", "(EACCES)"];
    expectError(ended, { exitCode: EXIT.failed, message, hint: "owner and mode" });
    expect(namesIn(place.path)).toEqual(["f.txt", "m.jsonl"]);
  });

  it("is told from files that may not be read, which are reported", async () => {
    place.write("m.jsonl", lineOf("a") + lineOf("b", { path: "secret.txt" }));
    chmodSync(place.write("secret.txt", "secret"), 0);
    const ended = await place.run(["import-manifest", "m.jsonl"], { starter });
    expectFinding(ended, {
      kind: "unreadable",
      line: 2,
      message: ['"secret.txt"', "access is denied (EACCES)"],
      hint: "Make the unreadable files readable",
    });
    expect(await place.artifacts()).toEqual(["a"]);
  });
});
