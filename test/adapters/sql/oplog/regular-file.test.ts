import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import { openRegularFile } from "../../../../src/adapters/sql/oplog/regular-file.ts";
import type { FileHandle, FileSystem } from "../../../../src/ports/file-system.ts";
import { overrideCalls, overrideHandles, posixError, writeFile } from "./_engine-world.ts";

const PATH = "/file";
let fs: FileSystem;

beforeEach(async () => {
  fs = createMemoryFileSystem();
  await writeFile(fs, PATH, new Uint8Array(1));
});

async function replace(): Promise<void> {
  await writeFile(fs, "/new", new Uint8Array(2));
  await fs.rename("/new", PATH);
}

/** Opens, right after the first look, what is there after `meanwhile`. */
function openAfter(meanwhile: () => Promise<void>): Promise<{ readonly handle: FileHandle } | undefined> {
  let looks = 0;
  const lstat: FileSystem["lstat"] = async (path) => {
    const found = await fs.lstat(path);
    looks += 1;
    if (looks === 1) await meanwhile();
    return found;
  };
  return openRegularFile(overrideCalls(fs, { lstat }), PATH, "read");
}

describe("a file that is opened after a look at its name", () => {
  it("is what has the name then, if that was replaced", async () => {
    const opened = await openAfter(replace);
    expect((await opened?.handle.stat())?.sizeBytes).toBe(2);
    await opened?.handle.close();
  });

  it("is none if it was removed", async () => {
    expect(await openAfter(() => fs.unlink(PATH))).toBeUndefined();
  });

  it("is refused if something else has the name by then", async () => {
    const made = openAfter(async () => {
      await fs.unlink(PATH);
      await fs.makeDirectory(PATH);
    });
    await expect(made).rejects.toMatchObject({ code: "REFUSED" });
  });

  it("is not looked for without end, and not left open, where what is opened is never what was seen", async () => {
    let open = 0;
    const odd = overrideHandles(fs, (handle) => {
      open += 1;
      return {
        stat: async () => ({ ...(await handle.stat()), identity: "another" }),
        close: async () => {
          open -= 1;
          await handle.close();
        },
      };
    });
    await expect(openRegularFile(odd, PATH, "append")).rejects.toMatchObject({ code: "ESTALE" });
    expect(open).toBe(0);
  });

  it("is closed when nothing can be found out about it", async () => {
    let closed = false;
    const failing = overrideHandles(fs, (handle) => ({
      stat: () => Promise.reject(posixError("EIO")),
      close: async () => {
        closed = true;
        await handle.close();
      },
    }));
    await expect(openRegularFile(failing, PATH, "read")).rejects.toMatchObject({ code: "EIO" });
    expect(closed).toBe(true);
  });
});
