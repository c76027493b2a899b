import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digestFile } from "../../../src/adapters/digest/digest-file.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import type { FileDigest } from "../../../src/ports/digest-pool.ts";
import { createFileOfTest, type FileOfTest, posixError, stateOf } from "./_files-of-test.ts";

const REQUEST = { path: "/file", followSymlinks: false, sizeBytes: 10 };
const TEXT = "twelve bytes";

interface Hooks {
  readonly throwIfEnded?: () => void;
  readonly afterRead?: (sizeBytes: number) => void;
}

function digest(
  { files }: FileOfTest,
  { throwIfEnded = () => {}, afterRead = () => {} }: Hooks = {},
): Promise<FileDigest> {
  const buffer = new Uint8Array(64);
  return digestFile(REQUEST, { files, hasher: createNativeHasher(), buffer, throwIfEnded, afterRead });
}

function read(text: string, identity = "1:1", modifiedMs = 1000): FileDigest {
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { kind: "read", sha256, sizeBytes: text.length, modifiedMs, identity, links: 1 } as FileDigest;
}

/** Changes the file when it is read for the second time in an attempt, as often as there are states. */
function changing(file: FileOfTest, ...states: readonly FileOfTest["state"][]): FileOfTest {
  const left = [...states];
  let reads = 0;
  file.before = (call) => {
    if (call === "open") reads = 0;
    if (call !== "read") return;
    reads += 1;
    if (reads === 2 && left.length > 0) file.state = left.shift();
  };
  return file;
}

describe("the digest of a file", () => {
  it("is that of all its bytes, which are read no more often than needed", async () => {
    const file = createFileOfTest(TEXT);
    expect(await digest(file)).toEqual(read(TEXT));
    expect(Object.fromEntries(file.counts)).toEqual({ open: 1, stat: 1, read: 3, look: 1, close: 1 });
    expect(await digest(createFileOfTest(""))).toEqual(read(""));
  });

  it.each([
    ["another one", stateOf("other", { identity: "1:2" })],
    ["one of another size", stateOf("longer than it was before")],
    ["one that is cut off", stateOf("a")],
    ["one of another time", stateOf(TEXT, { modifiedMs: 1001 })],
  ])("is that of a second reading where the name stood for %s after the first", async (_, state) => {
    const file = changing(createFileOfTest(TEXT), state);
    const text = new TextDecoder().decode(state.bytes);
    expect(await digest(file)).toEqual(read(text, state.identity, state.modifiedMs));
    expect([file.counts.get("open"), file.counts.get("close")]).toEqual([2, 2]);
  });

  it("is none where fewer bytes came than the file says it has, though nothing changed", async () => {
    const file = createFileOfTest(TEXT);
    const { files } = file;
    const open: typeof files.open = async (...given) => {
      const opened = await files.open(...given);
      return { ...opened, read: (target, position) => (position >= 8 ? 0 : opened.read(target, position)) };
    };
    expect(await digest({ ...file, files: { ...files, open } })).toEqual({ kind: "changing" });
  });

  it("is none where the file changes twice while it is read", async () => {
    const file = changing(createFileOfTest(TEXT), stateOf("second"), stateOf("third time"));
    expect(await digest(file)).toEqual({ kind: "changing" });
    expect([file.counts.get("open"), file.counts.get("close")]).toEqual([2, 2]);
  });

  it.each([
    ["nothing", undefined, { kind: "gone" }],
    ["a symlink", stateOf("", { kind: "symlink", identity: "1:3" }), { kind: "other", what: "symlink" }],
    ["a folder", stateOf("", { kind: "directory", identity: "1:4" }), { kind: "other", what: "directory" }],
  ])("is none where the name stands for %s by the end", async (_, state, expected) => {
    const file = changing(createFileOfTest(TEXT), state);
    expect(await digest(file)).toEqual(expected);
    expect([file.counts.get("open"), file.counts.get("close")]).toEqual([1, 1]);
  });

  it("is none of what is no file", async () => {
    const file = createFileOfTest("");
    file.state = stateOf("", { kind: "other" });
    expect(await digest(file)).toEqual({ kind: "other", what: "other" });
    expect(file.counts.get("read")).toBeUndefined();
  });
});

describe("a failure", () => {
  it.each([
    ["open", 1, "EACCES"],
    ["stat", 1, "EIO"],
    ["read", 2, "EIO"],
    ["look", 1, "ESTALE"],
    ["close", 1, "EIO"],
  ] as const)("of %s number %i is told with its code, and the file is closed", async (call, count, code) => {
    const file = createFileOfTest(TEXT);
    file.before = (called, times) => {
      if (called === call && times === count) throw posixError(code);
    };
    expect(await digest(file)).toEqual({ kind: "failed", code, message: `${code}: as planned` });
    expect(file.counts.get("close")).toBe(call === "open" ? undefined : 1);
  });

  it("of opening is that of what cannot be opened", async () => {
    const file = createFileOfTest("");
    file.before = (call) => {
      if (call === "open") throw posixError("ENXIO");
    };
    file.state = stateOf("", { kind: "other" });
    expect(await digest(file)).toEqual({ kind: "other", what: "other" });
    file.state = undefined;
    expect(await digest(file)).toMatchObject({ kind: "failed", code: "ENXIO" });
  });

  it("counts, and not one of the look afterwards", async () => {
    const file = createFileOfTest(TEXT);
    file.before = (call) => {
      if (call !== "close") throw posixError(call === "open" ? "EACCES" : "EIO");
    };
    expect(await digest(file)).toMatchObject({ kind: "failed", code: "EACCES" });
  });

  it.each([
    [new Error("no code"), "no code"],
    [Object.assign(new Error("odd code"), { code: 7 }), "odd code"],
    ["a text", "a text"],
  ])("without a code is one of input or output", async (thrown, message) => {
    const file = createFileOfTest(TEXT);
    file.before = (call) => {
      if (call === "read") throw thrown;
    };
    expect(await digest(file)).toEqual({ kind: "failed", code: "EIO", message });
  });

  it.each(["ENOENT", "ENOTDIR"])("of %s says that it is gone", async (code) => {
    const file = createFileOfTest(TEXT);
    file.before = (call) => {
      if (call === "open") throw posixError(code);
    };
    expect(await digest(file)).toEqual({ kind: "gone" });
  });
});

describe("an end", () => {
  it("is thrown after the read in which it came, and the file is closed", async () => {
    const file = createFileOfTest(TEXT);
    const ended = new Error("ended");
    const sizes: number[] = [];
    const throwIfEnded = (): void => {
      if (sizes.length > 1) throw ended;
    };
    const digesting = digest(file, { throwIfEnded, afterRead: (sizeBytes) => sizes.push(sizeBytes) });
    await expect(digesting).rejects.toBe(ended);
    expect(sizes).toEqual([4, 4]);
    expect([file.counts.get("read"), file.counts.get("close")]).toEqual([2, 1]);
  });
});
