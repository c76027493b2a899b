import { describe, expect, it } from "vitest";
import { CanonicalKeys, findListedPath } from "../../../../src/adapters/blob/naming/canonical-keys.ts";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { parseBlobKey } from "../../../../src/core/naming/blob-key.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import { overrideCalls, posixError, writeFile } from "../../sql/oplog/_engine-world.ts";

/* What happens where names in different case are one is tried on real disks: test/file-systems/case.test.ts. */

async function makeTwins(): Promise<FileSystem> {
  const fs = createMemoryFileSystem();
  for (const path of ["/Here", "/here", "/here/A", "/here/a", "/here/2"]) await fs.makeDirectory(path);
  await writeFile(fs, "/here/a/File.txt", new Uint8Array(1));
  await writeFile(fs, "/here/a/file.TXT", new Uint8Array(1));
  return fs;
}

describe("findListedPath", () => {
  it("keeps twins apart where they are two", async () => {
    const fs = await makeTwins();
    for (const path of ["/", "/Here", "/here/a/File.txt", "/here/a/file.TXT", "/here/A", "/here/2/none"]) {
      expect(await findListedPath(fs, path)).toBe(path);
    }
  });

  it("takes a folder for what it is called that nobody may look into", async () => {
    const fs = await makeTwins();
    const locked = (code: string): FileSystem => overrideCalls(fs, { lstat: () => Promise.reject(posixError(code)) });
    expect(await findListedPath(locked("EACCES"), "/here/a")).toBe("/here/a");
    await expect(findListedPath(locked("EIO"), "/here/a")).rejects.toMatchObject({ code: "EIO" });
  });
});

describe("CanonicalKeys", () => {
  it.each(["/here", "/"])("leaves keys alone where twins are two, under %s", async (root) => {
    const fs = await makeTwins();
    const canonicalKeys = new CanonicalKeys(fs, root);
    const keys = ["a/File.txt", "A/File.txt", "here/A/x", "none", "a/FILE.TXT"].map(parseBlobKey);
    for (const key of keys) expect(await canonicalKeys.find(key)).toBe(key);
    await fs.makeDirectory(`${root === "/" ? "" : root}/.staging`);
    canonicalKeys.noteMade(`${root}/a`);
    for (const key of keys) expect(await canonicalKeys.find(key)).toBe(key);
    canonicalKeys.noteMade(`${root}/b`);
  });
});
