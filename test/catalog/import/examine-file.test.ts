import { mkdirSync, readdirSync, realpathSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import type { Hasher } from "../../../src/ports/hasher.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { describeWith, outputOf } from "../../components.ts";
import { createScratch, HELLO_SHA256, outcomeOf, type Scratch, type ScratchResult } from "./_scratch-import.ts";

const NFC = "r\u00e9sum\u00e9.txt";
const NFD = "re\u0301sume\u0301.txt";

/** What was reported, without line numbers. */
function reported({ findings }: ScratchResult): string[] {
  return findings.map(({ kind, message }) => `${kind}: ${message}`);
}

async function storedNames(scratch: Scratch): Promise<unknown[]> {
  const start = `${pathToFileURL(scratch.folder).href}/`;
  const rows = await scratch.query("SELECT storage_uri FROM documents ORDER BY id");
  return rows.map(([uri]) => String(uri).replace(start, ""));
}

describe("files that contradict their line", () => {
  it("are registered as they are, and reported", async () => {
    const scratch = await createScratch();
    scratch.write("files/a", "files/b");
    const lines = [
      outcomeOf("a", { content_length: 7, sha256: "00".repeat(32) }),
      outcomeOf("b", { content_length: 7, sha256: null }),
    ];
    const result = await scratch.import(lines, { hash: "all" });
    expect(reported(result)).toEqual([
      'wrong_size: The file "files/a" has 6 bytes, the line says 7',
      `wrong_hash: The file "files/a" has SHA-256 ${HELLO_SHA256}, the line says ${"00".repeat(32)}`,
      'wrong_size: The file "files/b" has 6 bytes, the line says 7',
    ]);
    expect(result.summary).toMatchObject({ outcomes: 2, documents: 2, wrongSize: 2, wrongHash: 1, bytes: 12 });
    expect(await scratch.query("SELECT DISTINCT bytes, sha256 FROM documents")).toEqual([[6, HELLO_SHA256]]);
  });

  it("do not get the hash of a line whose size they contradict", async () => {
    const scratch = await createScratch();
    scratch.write("files/a", "files/b");
    const stale = { sha256: "00".repeat(32) };
    const result = await scratch.import([outcomeOf("a", { ...stale, content_length: 9 }), outcomeOf("b", stale)]);
    expect(result.summary).toMatchObject({ wrongHash: 0, wrongSize: 1, filesHashed: 0 });
    expect(result.findings[0]?.message).toContain("the hash of the line was dropped");
    const columns = "SELECT bytes, sha256 FROM documents ORDER BY id";
    expect(await scratch.query(columns)).toEqual([
      [6, null],
      [6, "00".repeat(32)],
    ]);
  });

  it("take a true hash of the same key later, and never that of a line they contradict", async () => {
    const scratch = await createScratch();
    scratch.write("files/a");
    const stale = outcomeOf("a", { sha256: "00".repeat(32), content_length: 9 });
    await scratch.import([stale, outcomeOf("a", { content_length: 6 }), stale]);
    expect(await scratch.query("SELECT bytes, sha256 FROM documents")).toEqual([[6, HELLO_SHA256]]);
  });
});

describe("files that are gone", () => {
  it("are reported and not registered", async () => {
    const scratch = await createScratch();
    scratch.write("files/a");
    symlinkSync("nowhere", join(scratch.folder, "files/dangling"));
    const lines = [
      outcomeOf("none"),
      outcomeOf("a", { path: "files/a/below", work_id: "id:below" }),
      outcomeOf("dangling"),
      outcomeOf("a", { html_paths: ["none.html"] }),
    ];
    const result = await scratch.import(lines);
    expect(reported(result)).toEqual([
      'gone: The file "files/none" is not there',
      'gone: The file "files/a/below" is not there',
      'gone: The file "files/dangling" is not there',
      'gone: The file of variant "html", "none.html" is not there',
    ]);
    expect(result.summary).toMatchObject({ outcomes: 4, gone: 4, documents: 1, variants: 0 });
  });

  it("are registered as the line says when that is allowed and it has a size", async () => {
    const scratch = await createScratch();
    const lines = [outcomeOf("none"), outcomeOf("sizeless", { content_length: null })];
    const result = await scratch.import(lines, { allowMissing: true });
    expect(result.summary).toMatchObject({ gone: 2, documents: 1, bytes: 6 });
    expect(result.findings).toHaveLength(2);
  });

  it("are gone too when they vanish before they are opened", async () => {
    const fs = createNodeFileSystem();
    const open = fs.open.bind(fs);
    fs.open = (path, mode) => {
      if (path.endsWith("/files/a")) unlinkSync(path);
      return open(path, mode);
    };
    const scratch = await createScratch({ fs });
    scratch.write("files/a");
    expect(reported(await scratch.import([outcomeOf("a")], { hash: "all" }))).toEqual([
      'gone: The file "files/a" is not there',
    ]);
  });
});

describe("paths that leave the base directory", () => {
  it("are reported and not registered", async () => {
    const scratch = await createScratch();
    scratch.write("files/a");
    mkdirSync(join(scratch.folder, "base"));
    symlinkSync("../files/a", join(scratch.folder, "base/link"));
    symlinkSync("../files", join(scratch.folder, "base/folder"));
    const paths = ["../files/a", "x/../../files/a", join(scratch.folder, "files/a"), "/no/such", "../no/such"];
    const lines = [...paths, "link", "folder/a"].map((path, index) => outcomeOf(String(index), { path }));
    const options = { baseDir: join(scratch.folder, "base") };
    const result = await scratch.import(lines, options);
    expect(result.findings.map(({ kind, line }) => [kind, line])).toEqual(
      lines.map((_, index) => ["outside", index + 1]),
    );
    expect(result.findings[0]?.message).toBe('The file "../files/a" lies outside the base directory');
    expect(result.findings[6]?.message).toBe('The file "folder/a" lies outside the base directory through a symlink');
    expect(result.summary).toMatchObject({ outcomes: 7, outside: 7, documents: 0 });
    const allowed = await scratch.import(lines, { ...options, allowOutside: true });
    expect(allowed.summary).toMatchObject({ outside: 0, gone: 2, documents: 5 });
  });

  it("are inside when only the base is written in another way", async () => {
    const scratch = await createScratch();
    scratch.write("real/files/a", "real/files/b", "real/files/c");
    const real = join(realpathSync(scratch.folder), "real");
    for (const name of ["one", "two"]) symlinkSync(real, join(scratch.folder, name));
    symlinkSync("a", join(real, "files/inner"));
    const paths = [join(real, "files/a"), join(scratch.folder, "two/files/b"), "files/c", "files/inner"];
    const lines = paths.map((path, index) => outcomeOf(String(index), { path }));
    const baseDir = join(scratch.folder, "one");
    const result = await scratch.import(lines, { baseDir, hash: "all" });
    expect(reported(result)).toEqual([]);
    expect(await storedNames(scratch)).toEqual(["real/files/a", "real/files/b", "real/files/c", "real/files/a"]);
    // Without looking at anything nobody can know where "two" leads.
    const trusted = await scratch.importAgain({ baseDir, hash: "none" });
    expect(trusted.summary).toMatchObject({ outside: 1, repeats: 3 });
  });

  it("are judged although the base is not there", async () => {
    const scratch = await createScratch();
    const lines = [outcomeOf("a"), outcomeOf("b", { path: "../b" })];
    const result = await scratch.import(lines, { baseDir: join(scratch.folder, "absent") });
    expect(result.summary).toMatchObject({ gone: 1, outside: 1, documents: 0 });
  });
});

describe("names of every kind", () => {
  it("are registered, with controls, blanks, and characters of URIs", async () => {
    const scratch = await createScratch();
    const names = [
      "tab\tname",
      "new\nline",
      "100%",
      "a?b#c",
      "semi;colon",
      "quote'",
      "back\\slash",
      "名前",
      "\u202eevil",
    ];
    scratch.write(...names.map((name) => `files/${name}`));
    const result = await scratch.import(
      names.map((name) => outcomeOf(name)),
      { hash: "all" },
    );
    expect(reported(result)).toEqual([]);
    const rows = await scratch.query("SELECT storage_uri FROM documents ORDER BY id");
    expect(rows).toEqual(names.map((name) => [pathToFileURL(join(scratch.folder, "files", name)).href]));
  });

  it("never reach a message unescaped", async () => {
    const scratch = await createScratch();
    const [finding] = (await scratch.import([outcomeOf("\u001b[31m\u202e")])).findings;
    expect(finding?.message).toBe('The file "files/\\x1b[31m\\u{202e}" is not there');
  });

  it.each([
    [NFC, NFD],
    [NFD, NFC],
  ])("are found in the other Unicode normalisation: %j", async (onDisk, inLine) => {
    const scratch = await createScratch();
    scratch.write(`files/${onDisk}`);
    const result = await scratch.import([outcomeOf(inLine)]);
    expect(reported(result)).toEqual([]);
    expect(await storedNames(scratch)).toEqual([
      `files/${encodeURI(readdirSync(join(scratch.folder, "files"))[0] ?? "")}`,
    ]);
  });

  it("are found when each name on the way is in another form, and some in both", async () => {
    const scratch = await createScratch();
    const [nfc, nfd] = ["\u00e9", "e\u0301"];
    scratch.write(`files/${nfc}/${nfd}${nfc}.txt`, `files/${nfd}/other`, `files/plain/${nfc}`);
    const change = { sha256: null, content_length: 6 };
    const lines = [
      outcomeOf("a", { ...change, path: `files/${nfd}/${nfc}${nfd}.txt` }),
      outcomeOf("b", { ...change, path: `files/${nfc}/none` }),
      outcomeOf("c", { ...change, path: `files/plain/${nfd}` }),
      outcomeOf("d", { ...change, path: `files/plain/${nfd}/${nfc}` }),
      outcomeOf("e", { ...change, path: `files/none/${nfd}/${nfc}` }),
    ];
    const { summary, findings } = await scratch.import(lines);
    expect([summary.documents, findings.map(({ kind, line }) => `${line} ${kind}`)]).toEqual([
      2,
      ["2 gone", "4 gone", "5 gone"],
    ]);
  });

  it("that are twins in NFC and NFD stay two files", async () => {
    const scratch = await createScratch();
    scratch.write([`files/${NFC}`, "one"], [`files/${NFD}`, "other"]);
    const change = { sha256: null, content_length: null };
    await scratch.import([outcomeOf(NFC, change), outcomeOf(NFD, change)]);
    expect(await scratch.query("SELECT bytes FROM documents ORDER BY id")).toEqual([[3], [5]]);
  });

  it("that are too long for the file system are unreadable", async () => {
    const scratch = await createScratch();
    scratch.write("files/a");
    const result = await scratch.import([outcomeOf("x".repeat(300))]);
    expect(result.findings[0]).toMatchObject({ kind: "unreadable", line: 1 });
    expect(result.findings[0]?.message).toMatch(/its name is too long for the file system \(ENAMETOOLONG\)$/);
  });
});

describe("what is no readable file", () => {
  it("is reported and never opened", async () => {
    const scratch = await createScratch();
    mkdirSync(join(scratch.folder, "files"));
    symlinkSync("loop", join(scratch.folder, "files/loop"));
    const lines = [
      outcomeOf("folder", { path: "files" }),
      outcomeOf("base", { path: "." }),
      outcomeOf("loop"),
      outcomeOf("through", { path: "files/loop/x" }),
      outcomeOf("device", { path: "/dev/null" }),
    ];
    const result = await scratch.import(lines, { allowOutside: true });
    expect(reported(result)).toEqual([
      'unreadable: The file "files" is a folder',
      'unreadable: The file "." is a folder',
      'unreadable: The file "files/loop" cannot be read: its symlinks lead in a circle (ELOOP)',
      'unreadable: The file "files/loop/x" cannot be read: its symlinks lead in a circle (ELOOP)',
      'unreadable: The file "/dev/null" is no regular file',
    ]);
    expect(result.summary).toMatchObject({ unreadable: 5, documents: 0 });
  });

  it.each([
    ["open", "EACCES", "cannot be read: access is denied (EACCES)"],
    ["read", "EIO", "cannot be read: the device failed (EIO)"],
    ["lstat", "EACCES", "cannot be read: access is denied (EACCES)"],
  ] as const)("is reported when %s fails with %s", async (operation, code, reason) => {
    // The manifest itself is opened and read first, each in two calls with nothing else between.
    const failAt = operation === "lstat" ? 1 : operation === "open" ? 2 : 3;
    const fs = createFaultyFileSystem(createNodeFileSystem(), { failAt, operations: [operation], code });
    const scratch = await createScratch({ fs });
    scratch.write("files/a", "files/b");
    const result = await scratch.import([outcomeOf("a"), outcomeOf("b")], { hash: "all", jobs: 1 });
    expect(reported(result)).toEqual([`unreadable: The file "files/a" ${reason}`]);
    expect(result.summary.documents).toBe(1);
  });

  it.each(["missing", "all"] as const)(
    "has the bytes that it gives where it says that it is empty: %s",
    async (hash) => {
      const scratch = await createScratch();
      const sha256 = "0".repeat(64);
      const lines = [outcomeOf("made-up", { path: "/proc/cpuinfo", sha256 }), outcomeOf("empty", { sha256 })];
      scratch.write("files/empty");
      writeFileSync(join(scratch.folder, "files/empty"), "");
      await scratch.import(lines, { allowOutside: true, hash });
      const [madeUp, empty] = await scratch.query("SELECT bytes, sha256 FROM documents ORDER BY id");
      expect(madeUp?.[0]).toBeGreaterThan(100);
      expect(madeUp?.[1]).not.toBe(sha256);
      expect(empty?.[0]).toBe(0);
    },
  );

  it.each(["ENOTCONN", "EUCLEAN", "EHOSTDOWN"])("is reported whatever the reason, like %s", async (code) => {
    const plan = { failAt: 2, operations: ["open"], code } as const;
    const scratch = await createScratch({ fs: createFaultyFileSystem(createNodeFileSystem(), plan) });
    scratch.write("files/a", "files/b");
    const result = await scratch.import([outcomeOf("a"), outcomeOf("b")], { hash: "all", jobs: 1 });
    expect(reported(result)).toEqual([
      `unreadable: The file "files/a" cannot be read: the file system failed (${code})`,
    ]);
    expect(result.summary.documents).toBe(1);
  });

  it("stops the import when the trouble is not the file's", async () => {
    const plan = { failAt: 2, operations: ["open"], code: "EMFILE" } as const;
    const scratch = await createScratch({ fs: createFaultyFileSystem(createNodeFileSystem(), plan) });
    scratch.write("files/a");
    await expect(scratch.import([outcomeOf("a")], { hash: "all" })).rejects.toMatchObject({ code: "BACKEND" });
  });

  it("stops the import when the base or a folder cannot be looked at", async () => {
    for (const failAt of [1, 2]) {
      const plan = { failAt, operations: ["realPath"], code: "ENFILE" } as const;
      const scratch = await createScratch({ fs: createFaultyFileSystem(createNodeFileSystem(), plan) });
      scratch.write("files/a");
      const lines = [outcomeOf("a", { path: "/elsewhere/a" })];
      await expect(scratch.import(lines)).rejects.toMatchObject({ message: expect.stringContaining("ENFILE") });
    }
  });

  it("is unstable when it changes each time it is read", async () => {
    const scratch = await createScratch();
    let size = 0;
    const core: Hasher = {
      name: "slow",
      create: () => ({
        update: () => writeFileSync(join(scratch.folder, "files/a"), "x".repeat(++size)),
        digest: () => HELLO_SHA256 as never,
      }),
    };
    const changing = await createScratch({ hashers: { core } });
    scratch.write("files/a");
    const result = await changing.import([outcomeOf("a")], { hash: "all", baseDir: scratch.folder });
    expect(reported(result)).toEqual([
      'unstable: The file "files/a" cannot be trusted: it was written to while it was read',
    ]);
    expect(result.summary).toMatchObject({ unstable: 1, documents: 0 });
  });
});

describeWith("mkfifo", "a pipe", (mkfifo) => {
  it("is reported and never opened", async () => {
    const scratch = await createScratch();
    mkdirSync(join(scratch.folder, "files"));
    outputOf(mkfifo, [join(scratch.folder, "files/pipe")]);
    const result = await scratch.import([outcomeOf("pipe")]);
    expect(reported(result)).toEqual(['unreadable: The file "files/pipe" is no regular file']);
    expect(result.summary).toMatchObject({ unreadable: 1, documents: 0 });
  });
});
