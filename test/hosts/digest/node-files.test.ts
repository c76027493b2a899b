import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestFile } from "../../../src/adapters/digest/digest-file.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { nodeFiles } from "../../../src/hosts/digest/node-files.ts";
import type { FileDigest } from "../../../src/ports/digest-pool.ts";
import { describeWith, outputOf } from "../../components.ts";

const CONTENT = "x".repeat(1000);

let folder = "";
let path = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "node-files-"));
  path = join(folder, "file");
  writeFileSync(path, CONTENT);
  utimesSync(path, 1000, 1000.123456);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Meanwhile {
  /** Called after each read, with how many there were. */
  readonly afterRead?: (reads: number) => void;
  readonly followSymlinks?: boolean;
}

function digest({ afterRead = () => {}, followSymlinks = false }: Meanwhile = {}): Promise<FileDigest> {
  let reads = 0;
  return digestFile(
    { path, followSymlinks, sizeBytes: 0 },
    {
      files: nodeFiles,
      hasher: createNativeHasher(),
      buffer: new Uint8Array(400),
      throwIfEnded: () => {},
      afterRead: () => {
        reads += 1;
        afterRead(reads);
      },
    },
  );
}

/** Puts another file in the place of the one that is read. */
function replaceBy(content: string): void {
  writeFileSync(join(folder, "other"), content);
  renameSync(join(folder, "other"), path);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

describe("a file of the machine", () => {
  it("is told as the file system tells it", async () => {
    const stat = await createNodeFileSystem().lstat(path);
    const { identity, modifiedMs, sizeBytes } = stat ?? {};
    const expected = { kind: "read", sha256: sha256(CONTENT), identity, modifiedMs, sizeBytes, links: 1 };
    expect(await digest()).toEqual(expected);
  });

  it("is read once more when it was replaced, and as what it is by then", async () => {
    const afterRead = (reads: number): void => {
      if (reads === 2) replaceBy("other");
    };
    expect(await digest({ afterRead })).toMatchObject({ kind: "read", sha256: sha256("other"), sizeBytes: 5 });
  });

  it.each<[string, () => void]>([
    ["replaced", () => replaceBy(CONTENT)],
    ["cut off", () => truncateSync(path, 100)],
    ["written to", () => appendFileSync(path, CONTENT)],
  ])("is changing when it is %s during each of two readings", async (_, change) => {
    expect(await digest({ afterRead: change })).toEqual({ kind: "changing" });
  });

  it("is gone when it was removed meanwhile, and was read when it only got a name more", async () => {
    expect(await digest({ afterRead: (reads) => reads === 1 && linkSync(path, join(folder, "link")) })).toMatchObject({
      kind: "read",
      links: 2,
    });
    expect(await digest({ afterRead: (reads) => reads === 1 && unlinkSync(path) })).toEqual({ kind: "gone" });
  });

  it("is none when a symlink to it has the name by the end, unless symlinks are followed", async () => {
    const afterRead = (reads: number): void => {
      if (reads !== 1) return;
      renameSync(path, join(folder, "moved"));
      symlinkSync("moved", path);
    };
    expect(await digest({ afterRead })).toEqual({ kind: "other", what: "symlink" });
    unlinkSync(path);
    renameSync(join(folder, "moved"), path);
    expect(await digest({ afterRead, followSymlinks: true })).toMatchObject({ kind: "read", sha256: sha256(CONTENT) });
  });
});

describe("what is no file of the machine", () => {
  it("is told: a folder, also one that nobody may look into, a symlink, a socket", async () => {
    const server = createServer();
    const made: readonly (readonly [string, () => void | Promise<void>])[] = [
      ["directory", () => mkdirSync(path, { mode: 0 })],
      ["symlink", () => symlinkSync("loop", path)],
      ["other", () => new Promise((resolve) => server.listen(path, resolve))],
    ];
    for (const [what, make] of made) {
      rmSync(path, { recursive: true, force: true });
      await make();
      expect(await digest()).toEqual({ kind: "other", what });
    }
    server.close();
  });

  it("is a failure where its symlinks lead in a circle", async () => {
    unlinkSync(path);
    symlinkSync("file", path);
    expect(await digest({ followSymlinks: true })).toMatchObject({ kind: "failed", code: "ELOOP" });
  });
});

describeWith("mkfifo", "a pipe", (mkfifo) => {
  it("is told, and nobody waits for it", async () => {
    rmSync(path, { recursive: true, force: true });
    outputOf(mkfifo, [path]);
    expect(await digest()).toEqual({ kind: "other", what: "other" });
  });
});

describe("a file that may not be read", () => {
  it("is a failure with its code", async () => {
    chmodSync(folder, 0o755);
    chmodSync(path, 0);
    // Root may read everything.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(await digest()).toMatchObject({ kind: "failed", code: "EACCES", message: expect.stringContaining(path) });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});
