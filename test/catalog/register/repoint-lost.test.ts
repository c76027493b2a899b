import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { addSources } from "../../../src/catalog/add/add-sources.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { changed } from "../../adapters/blob/_store-world.ts";
import { type IngestWorld, openWorld } from "../ingest/_ingest-world.ts";

const KEY = { artifactId: "a", sourceUrl: "u", resolver: "r" };

async function write(fs: FileSystem, path: string): Promise<void> {
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode("hello"));
  await handle.close();
}

/** Registers /one, then /two with the same bytes when /one is as `look` has it; gives the place of the row. */
async function registerTwice(look: (path: string) => Promise<undefined>, folder = ""): Promise<unknown> {
  const fs = createMemoryFileSystem();
  if (folder !== "") await fs.makeDirectory(folder);
  await write(fs, `${folder}/one`);
  await write(fs, "/two");
  let isTwo = false;
  const watched = changed(fs, {
    stat: (path) => (isTwo && path === `${folder}/one` ? look(path) : fs.stat(path)),
    lstat: (path) => (isTwo && path === `${folder}/one` ? look(path) : fs.lstat(path)),
  });
  const world = await openWorld({ fs: watched });
  const add = (path: string): Promise<unknown> => addSources(world.context, [{ path, meta: KEY }], { into: "none" });
  await add(`${folder}/one`);
  isTwo = true;
  await add("/two");
  return (await rowOf(world))?.storageUri;
}

async function rowOf(world: IngestWorld): Promise<{ storageUri: string } | undefined> {
  return (await world.rows())[0];
}

const fail = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

describe("a row whose bytes are registered again at another place", () => {
  it("is pointed there when its own file is gone, in the root or not", async () => {
    expect(await registerTwice(async () => undefined)).toBe("file:///two");
    expect(await registerTwice(async () => undefined, "/root")).toBe("file:///two");
    expect(await registerTwice(fail("ENOTDIR"))).toBe("file:///two");
  });

  it("stays when nobody can see whether it is", async () => {
    for (const code of ["EACCES", "EIO"]) expect(await registerTwice(fail(code))).toBe("file:///one");
    await expect(registerTwice(fail("EMFILE"))).rejects.toMatchObject({ code: "BACKEND" });
  });
});
