import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { testFileSystem } from "../../../src/testing/file-system-suite.ts";

testFileSystem({ describe, it }, "memory that can clone", async () => {
  return { fs: createMemoryFileSystem({ clone: true }), directory: "/", dispose: async () => {} };
});

describe("createMemoryFileSystem", () => {
  it("takes times from the clock it is given: a write, and each new or lost name in a folder", async () => {
    let now = 1000;
    const fs = createMemoryFileSystem({ now: () => now });
    await fs.makeDirectory("/folder");
    now = 2000;
    const handle = await fs.open("/folder/a", "create");
    now = 3000;
    await handle.write(new Uint8Array(1));
    now = 4000;
    await handle.write(new Uint8Array(0));
    await handle.close();
    expect((await fs.stat("/"))?.modifiedMs).toBe(1000);
    expect((await fs.stat("/folder"))?.modifiedMs).toBe(2000);
    expect((await fs.stat("/folder/a"))?.modifiedMs).toBe(3000);
    await fs.unlink("/folder/a");
    expect((await fs.stat("/folder"))?.modifiedMs).toBe(4000);
  });

  it("gives the time of the machine without a clock", async () => {
    const before = Date.now();
    const stat = await createMemoryFileSystem().stat("/");
    expect(stat?.modifiedMs).toBeGreaterThanOrEqual(before);
  });

  it("shares nothing with another", async () => {
    await createMemoryFileSystem().makeDirectory("/folder");
    expect(await createMemoryFileSystem().stat("/folder")).toBeUndefined();
  });

  it("gives files 0644 and folders 0755, and tells how many names a folder has", async () => {
    const fs = createMemoryFileSystem();
    await fs.makeDirectory("/folder");
    await fs.makeDirectory("/folder/inner");
    await (await fs.open("/folder/a", "create")).close();
    expect(await fs.stat("/folder/a")).toMatchObject({ kind: "file", sizeBytes: 0, links: 1, mode: 0o644 });
    expect(await fs.stat("/folder")).toMatchObject({ kind: "directory", sizeBytes: 0, links: 3, mode: 0o755 });
    await fs.removeDirectory("/folder/inner");
    expect((await fs.stat("/folder"))?.links).toBe(2);
  });

  it("counts no name for a file that only handles hold", async () => {
    const fs = createMemoryFileSystem();
    const handle = await fs.open("/a", "create");
    await fs.unlink("/a");
    expect((await handle.stat()).links).toBe(0);
  });

  it("keeps both names when a file is renamed to another name of itself, as POSIX has it", async () => {
    const fs = createMemoryFileSystem();
    await (await fs.open("/a", "create")).close();
    await fs.link("/a", "/b");
    await fs.rename("/a", "/b");
    expect((await fs.stat("/a"))?.links).toBe(2);
  });

  it("opens a folder for reading, as POSIX does, and then has nothing to read", async () => {
    const handle = await createMemoryFileSystem().open("/", "read");
    await expect(handle.read(new Uint8Array(1), 0)).rejects.toMatchObject({ code: "EISDIR" });
    await expect(handle.write(new Uint8Array(1))).rejects.toMatchObject({ code: "EBADF" });
  });

  it("refuses to put a file or folder in the place of a folder that holds it", async () => {
    const fs = createMemoryFileSystem();
    for (const path of ["/a", "/a/b"]) await fs.makeDirectory(path);
    await (await fs.open("/a/c", "create")).close();
    await expect(fs.rename("/a/b", "/a")).rejects.toMatchObject({ code: "ENOTEMPTY" });
    await expect(fs.rename("/a/c", "/a")).rejects.toMatchObject({ code: "ENOTEMPTY" });
  });

  it("keeps the root", async () => {
    const fs = createMemoryFileSystem();
    await fs.makeDirectory("/a");
    await expect(fs.removeDirectory("/")).rejects.toMatchObject({ code: "EBUSY" });
    await expect(fs.rename("/", "/b")).rejects.toMatchObject({ code: "EBUSY" });
    await expect(fs.rename("/a", "/")).rejects.toMatchObject({ code: "EBUSY" });
    await expect(fs.makeDirectory("/")).rejects.toMatchObject({ code: "EEXIST" });
    await expect(fs.unlink("/")).rejects.toMatchObject({ code: "EISDIR" });
  });

  it("names what failed, with nothing in it that could steer a terminal", async () => {
    await expect(createMemoryFileSystem().readFile("/a\u001b[2J")).rejects.toThrow(
      'ENOENT: no such file or directory, open "/a\\x1b[2J"',
    );
  });

  it.each(["a/b", "", "/a\0b"])("refuses %j, which is no absolute path", async (path) => {
    await expect(createMemoryFileSystem().stat(path)).rejects.toThrow(TypeError);
  });

  it("counts the length of a name in bytes", async () => {
    const fs = createMemoryFileSystem();
    await fs.makeDirectory(`/${"é".repeat(127)}`);
    await expect(fs.makeDirectory(`/${"é".repeat(128)}`)).rejects.toMatchObject({ code: "ENAMETOOLONG" });
    await expect(fs.stat(`/${"x".repeat(256)}/a`)).rejects.toMatchObject({ code: "ENAMETOOLONG" });
  });
});
