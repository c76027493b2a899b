import { readdirSync } from "node:fs";
import * as nodeFs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { mayShareBlocksOn } from "../../../src/adapters/fs/device/shared-blocks.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import type { DirectoryEntry } from "../../../src/ports/file-system.ts";
import { describeWith, outputOf } from "../../components.ts";

const fs = createNodeFileSystem();
let directory: string;

beforeEach(async () => {
  directory = await nodeFs.mkdtemp(join(tmpdir(), "node-fs-"));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await nodeFs.rm(directory, { recursive: true });
});

function openFiles(): number {
  return readdirSync("/proc/self/fd").length;
}

describe("createNodeFileSystem", () => {
  it("gives the time of a file with its fraction of a millisecond", async () => {
    const path = join(directory, "a");
    await nodeFs.writeFile(path, "a");
    const modifiedMs = Date.UTC(2024, 4, 6, 7, 8, 9) + 123.456;
    await nodeFs.utimes(path, modifiedMs / 1000, modifiedMs / 1000);
    const stat = await fs.stat(path);
    expect(stat?.modifiedMs).toBeCloseTo(modifiedMs, 2);
    expect(stat?.modifiedMs).not.toBe(Math.floor(stat?.modifiedMs ?? 0));
  });

  it("identifies files by device and inode", async () => {
    const path = join(directory, "a");
    await nodeFs.writeFile(path, "a");
    const { dev, ino } = await nodeFs.stat(path, { bigint: true });
    expect((await fs.stat(path))?.identity).toBe(`${dev}:${ino}`);
  });

  it("takes blocks to be shared but where Linux names a type that never does", async () => {
    const device = await nodeFs.statfs(directory, { bigint: true });
    expect(await fs.mayShareBlocks?.(directory)).toBe(mayShareBlocksOn(device, process.platform));
    const answers = (types: readonly bigint[], os: string): readonly boolean[] =>
      types.map((type) => mayShareBlocksOn({ type }, os));
    // ext4, tmpfs, F2FS as a number of 32 bits with a sign.
    const never = [0xef53n, 0x0102_1994n, -0x0d0a_dff0n];
    expect(answers(never, "linux")).toEqual([false, false, false]);
    expect(answers(never, "darwin")).toEqual([true, true, true]);
    // XFS, btrfs, FUSE, overlayfs, NFS.
    const may = [0x5846_5342n, 0x9123_683en, 0x6573_5546n, 0x794c_7630n, 0x6969n];
    expect(answers(may, "linux")).not.toContain(false);
  });

  it("creates files with the mode that the umask leaves", async () => {
    const path = join(directory, "a");
    await (await fs.open(path, "create")).close();
    expect((await fs.stat(path))?.mode).toBe(0o666 & ~process.umask());
  });

  it("tells a name that is no UTF-8 from its twin with U+FFFD, whatever either stands for", async () => {
    const write = (name: string): Buffer => Buffer.from(`${directory}/${name}`, "latin1");
    await nodeFs.writeFile(write("caf\xe9"), "the latin-1 one");
    await nodeFs.writeFile(join(directory, "caf\ufffd"), "the other");
    await nodeFs.mkdir(write("dir\xff"));
    await nodeFs.writeFile(join(directory, "dir\ufffd"), "a file");
    await nodeFs.writeFile(write("two\xfe"), "");
    await nodeFs.writeFile(write("two\xff"), "");
    await nodeFs.writeFile(join(directory, "plain"), "");
    const entries: DirectoryEntry[] = [];
    for await (const page of fs.list(directory)) entries.push(...page);
    const told = entries.map(({ name, kind, unnameable }) => `${name} ${kind}${unnameable ? " unnameable" : ""}`);
    expect(told.sort()).toEqual([
      "caf\ufffd file",
      "caf\ufffd file unnameable",
      "dir\ufffd directory unnameable",
      "dir\ufffd file",
      "plain file",
      "two\ufffd file unnameable",
      "two\ufffd file unnameable",
    ]);
  });

  it("lets a stat fail that finds no answer", async () => {
    await nodeFs.symlink("loop", join(directory, "loop"));
    await expect(fs.stat(join(directory, "loop"))).rejects.toMatchObject({ code: "ELOOP" });
    expect((await fs.lstat(join(directory, "loop")))?.kind).toBe("symlink");
    await expect(fs.stat(join(directory, "x".repeat(300)))).rejects.toMatchObject({ code: "ENAMETOOLONG" });
  });

  it("closes a file once what was begun is done, and knows it no more then", async () => {
    const path = join(directory, "a");
    const handle = await fs.open(path, "create");
    const writing = handle.write(new Uint8Array(1024 * 1024));
    await handle.close();
    await handle.close();
    expect(await writing).toBe(1024 * 1024);
    await expect(handle.write(new Uint8Array(1))).rejects.toMatchObject({ code: "EBADF" });
    await expect(handle.stat()).rejects.toMatchObject({ code: "EBADF" });
    expect((await fs.stat(path))?.sizeBytes).toBe(1024 * 1024);
  });

  it("refuses to sync a file as a folder", async () => {
    const path = join(directory, "a");
    await nodeFs.writeFile(path, "a");
    await expect(fs.syncDirectory(path)).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  it("leaves no file open behind a list that was left early, or a folder that was synced", async () => {
    for (let index = 0; index < 100; index += 1) await nodeFs.writeFile(join(directory, `file-${index}`), "");
    const before = openFiles();
    for await (const page of fs.list(directory)) {
      expect(page.every(({ kind }) => kind === "file")).toBe(true);
      break;
    }
    await fs.syncDirectory(directory);
    expect(openFiles()).toBe(before);
  });
});

describeWith("mkfifo", "createNodeFileSystem and a pipe", (mkfifo) => {
  it("calls it other, and does not wait for who writes to it", async () => {
    const path = join(directory, "pipe");
    outputOf(mkfifo, [path]);
    expect((await fs.stat(path))?.kind).toBe("other");
    const handle = await fs.open(path, "read");
    expect((await handle.stat()).kind).toBe("other");
    await handle.close();
    for await (const page of fs.list(directory)) expect(page).toEqual([{ name: "pipe", kind: "other" }]);
  });
});

describe("on Windows", () => {
  beforeEach(() => {
    vi.spyOn(process, "platform", "get").mockReturnValue("win32");
  });

  it("says that names cannot be synced, and does nothing about it", async () => {
    const windows = createNodeFileSystem();
    expect(windows.capabilities).toEqual({ hardlink: true, clone: true, directorySync: false, access: false });
    // Here too there are folders that cannot be synced, and they answer like those of Windows.
    await expect(fs.syncDirectory("/proc/self")).rejects.toMatchObject({ code: "EINVAL" });
    await expect(windows.syncDirectory("/proc/self")).resolves.toBeUndefined();
    await expect(windows.syncDirectory(join(directory, "missing"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("gives real paths with / between names", async () => {
    await nodeFs.writeFile(join(directory, "a\\b"), "");
    expect(await createNodeFileSystem().realPath(join(directory, "a\\b"))).toMatch(/\/a\/b$/);
  });
});
