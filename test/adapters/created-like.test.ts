import { describe, expect, it } from "vitest";
import { createdLike } from "../../src/adapters/created-like.ts";
import { createMemoryFileSystem } from "../../src/adapters/fs/memory.ts";
import type { FileOwner, FileSystem } from "../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../src/testing/faulty-file-system.ts";
import { testFileSystem } from "../../src/testing/file-system-suite.ts";

const ALICE: FileOwner = { userId: 1000, groupId: 100 };
const MODEL = "/model";

for (const keep of ["owner", "access"] as const) {
  testFileSystem({ describe, it }, `created like nothing that is there, ${keep}`, async () => {
    const fs = createdLike(createMemoryFileSystem({ clone: true }), { model: "/missing", keep });
    return { fs, directory: "/", dispose: async () => {} };
  });
}

async function withModel(mode: number, owner: FileOwner): Promise<FileSystem> {
  const fs = createMemoryFileSystem({ clone: true });
  const handle = await fs.open(MODEL, "create");
  await handle.setAccess({ mode, owner });
  await handle.close();
  return fs;
}

/** A system on which this user, who is not root, creates files, and may set what `may` says. */
function asUser(fs: FileSystem, user: FileOwner, may: (owner: FileOwner) => boolean): FileSystem {
  return new Proxy(fs, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (name !== "open") return typeof found === "function" ? found.bind(target) : found;
      return async (...call: Parameters<FileSystem["open"]>) => {
        const handle = await fs.open(...call);
        if (call[1] !== "create") return handle;
        await handle.setAccess({ owner: user });
        const { setAccess } = handle;
        handle.setAccess = async (access) => {
          if (access.owner && !may(access.owner)) throw Object.assign(new Error("EPERM"), { code: "EPERM" });
          await setAccess.call(handle, access);
        };
        return handle;
      };
    },
  });
}

async function create(fs: FileSystem, mode?: number): Promise<unknown> {
  await (await fs.open("/new", "create", mode)).close();
  const stat = await fs.stat("/new");
  return [stat?.mode.toString(8), stat?.owner?.userId, stat?.owner?.groupId];
}

describe("createdLike", () => {
  it("gives what root creates to the owner of the model", async () => {
    const access = createdLike(await withModel(0o640, ALICE), { model: MODEL, keep: "access" });
    expect(await create(access)).toEqual(["640", 1000, 100]);
    const owner = createdLike(await withModel(0o640, ALICE), { model: MODEL, keep: "owner" });
    expect(await create(owner, 0o604)).toEqual(["604", 1000, 100]);
    await owner.makeDirectory("/folder");
    expect((await owner.stat("/folder"))?.owner).toEqual(ALICE);
  });

  it("clones nothing that it could not give away", async () => {
    const fs = createdLike(await withModel(0o640, ALICE), { model: MODEL, keep: "owner" });
    await expect(fs.clone(MODEL, "/clone")).rejects.toMatchObject({ code: "ENOTSUP" });
    expect(await fs.lstat("/clone")).toBeUndefined();
    const own = createdLike(await withModel(0o640, { userId: 0, groupId: 0 }), { model: MODEL, keep: "owner" });
    await own.clone(MODEL, "/clone");
    expect((await own.lstat("/clone"))?.kind).toBe("file");
  });

  it("keeps the group of the model where this user may, else lets nobody in for it", async () => {
    const bob = { userId: 1001, groupId: 7 };
    const member = asUser(await withModel(0o664, ALICE), bob, ({ userId }) => userId === bob.userId);
    expect(await create(createdLike(member, { model: MODEL, keep: "access" }))).toEqual(["664", 1001, 100]);
    for (const [mode, left] of [
      [0o664, "604"],
      [0o660, "600"],
      [0o606, "600"],
      [0o646, "604"],
    ] as const) {
      const stranger = asUser(await withModel(mode, ALICE), bob, () => false);
      expect(await create(createdLike(stranger, { model: MODEL, keep: "access" }))).toEqual([left, 1001, 7]);
    }
    // No user but root gives files away, nor needs to.
    const user = asUser(await withModel(0o640, ALICE), bob, () => false);
    const fs = createdLike(user, { model: MODEL, keep: "owner" });
    expect(await create(fs)).toEqual(["644", 1001, 7]);
    await fs.makeDirectory("/folder");
    expect((await fs.stat("/folder"))?.owner?.userId).toBe(0);
  });

  it("gives no folder away that another one took the place of", async () => {
    const fs = await withModel(0o640, ALICE);
    await fs.makeDirectory("/other");
    const swapped = new Proxy(fs, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name);
        if (name !== "open") return typeof found === "function" ? found.bind(target) : found;
        return (_path: string, ...rest: ["read"]) => fs.open("/other", ...rest);
      },
    });
    await createdLike(swapped, { model: MODEL, keep: "owner" }).makeDirectory("/folder");
    expect((await fs.stat("/other"))?.owner?.userId).toBe(0);
    expect((await fs.stat("/folder"))?.owner?.userId).toBe(0);
  });

  it("creates with the mode of the model where access cannot be set", async () => {
    const fs = await withModel(0o640, ALICE);
    const without = new Proxy(fs, {
      get: (target, name) => {
        if (name === "capabilities") return { ...target.capabilities, access: false };
        const found: unknown = Reflect.get(target, name);
        return typeof found === "function" ? found.bind(target) : found;
      },
    });
    const access = createdLike(without, { model: MODEL, keep: "access" });
    expect(await create(access)).toEqual(["640", 0, 0]);
  });

  it.each(["fstat", "setAccess", "stat"] as const)("leaves no file open when %s fails", async (operation) => {
    const faulty = createFaultyFileSystem(await withModel(0o640, ALICE), { failAt: 1, operations: [operation] });
    const fs = createdLike(faulty, { model: MODEL, keep: "access" });
    await expect(fs.open("/new", "create")).rejects.toMatchObject({ code: "EIO" });
    const [opened, closed] = ["open", "close"].map(
      (name) => faulty.trace.filter((call) => call.operation === name).length,
    );
    expect(opened).toBe(closed);
  });
});
