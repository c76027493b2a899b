import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../src/adapters/fs/memory.ts";
import type { FileSystem } from "../../src/ports/file-system.ts";
import type { FaultPlan, FileOperation } from "../../src/testing/fault-plan.ts";
import { createFaultyFileSystem, type FaultyFileSystem } from "../../src/testing/faulty-file-system.ts";
import { testFileSystem } from "../../src/testing/file-system-suite.ts";

const bytes = new TextEncoder().encode("0123456789");

testFileSystem({ describe, it }, "faulty without a fault", async () => {
  const fs = createFaultyFileSystem(createMemoryFileSystem());
  return { fs, directory: "/", dispose: async () => {} };
});

/** Every operation once, in this order. */
const steps: Readonly<Record<FileOperation, (fs: FileSystem) => Promise<unknown>>> = {
  makeDirectory: (fs) => fs.makeDirectory("/new"),
  removeDirectory: (fs) => fs.removeDirectory("/empty"),
  rename: (fs) => fs.rename("/from", "/to"),
  link: (fs) => fs.link("/file", "/second"),
  clone: (fs) => fs.clone("/file", "/cloned"),
  unlink: (fs) => fs.unlink("/gone"),
  setMode: (fs) => fs.setMode("/file", 0o400),
  setModified: async (fs) => fs.setModified?.("/file", 1),
  readFile: (fs) => fs.readFile("/file"),
  stat: (fs) => fs.stat("/file"),
  lstat: (fs) => fs.lstat("/file"),
  realPath: (fs) => fs.realPath("/file"),
  syncDirectory: (fs) => fs.syncDirectory("/"),
  list: (fs) => names(fs),
  freeBytes: async (fs) => fs.freeBytes?.("/"),
  mayShareBlocks: async (fs) => fs.mayShareBlocks?.("/"),
  open: async (fs) => (await fs.open("/created", "create")).close(),
  read: (fs) => withFile(fs, (handle) => handle.read(new Uint8Array(10), 0)),
  write: (fs) => withFile(fs, (handle) => handle.write(bytes)),
  fstat: (fs) => withFile(fs, (handle) => handle.stat()),
  sync: (fs) => withFile(fs, (handle) => handle.sync()),
  setAccess: (fs) => withFile(fs, (handle) => handle.setAccess({ mode: 0o600 })),
  close: (fs) => withFile(fs, async () => {}),
};
const operations = Object.keys(steps) as readonly FileOperation[];

async function withFile(fs: FileSystem, work: (handle: Awaited<ReturnType<FileSystem["open"]>>) => Promise<unknown>) {
  const handle = await fs.open("/file", "append");
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
}

async function names(fs: FileSystem): Promise<string[]> {
  const found: string[] = [];
  for await (const page of fs.list("/")) found.push(...page.map(({ name }) => name));
  return found.sort();
}

async function create(plan: FaultPlan): Promise<{ memory: FileSystem; fs: FaultyFileSystem }> {
  const files = createMemoryFileSystem({ now: () => 0, clone: true, freeBytes: () => 1 });
  const memory = Object.assign(files, { mayShareBlocks: async () => true });
  await memory.makeDirectory("/empty");
  for (const path of ["/file", "/from", "/gone"]) {
    const handle = await memory.open(path, "create");
    await handle.write(bytes);
    await handle.close();
  }
  return { memory, fs: createFaultyFileSystem(memory, plan) };
}

/** Names, sizes and modes: what tells whether an operation took effect. */
async function picture(fs: FileSystem): Promise<unknown> {
  const found: unknown[] = [];
  for (const name of await names(fs)) {
    const stat = await fs.stat(`/${name}`);
    found.push([name, stat?.kind, stat?.sizeBytes, stat?.mode]);
  }
  return found;
}

describe("createFaultyFileSystem", () => {
  it.each(operations)("makes %s fail before it took effect", async (operation) => {
    const { memory, fs } = await create({ failAt: 1, operations: [operation], code: "ENOSPC" });
    const before = await picture(memory);
    await expect(steps[operation](fs)).rejects.toMatchObject({
      code: "ENOSPC",
      message: expect.stringMatching(`^ENOSPC: planned fault, ${operation} "/`),
    });
    expect(await picture(memory)).toEqual(before);
    expect(fs).toMatchObject({ calls: 1, faults: 1 });
  });

  it.each(operations)("makes %s fail after it took effect", async (operation) => {
    const untouched = await create({});
    await steps[operation](untouched.fs);
    const { memory, fs } = await create({ failAt: 1, operations: [operation], effect: "after" });
    await expect(steps[operation](fs)).rejects.toMatchObject({ code: "EIO" });
    expect(await picture(memory)).toEqual(await picture(untouched.memory));
    expect(fs).toMatchObject({ calls: 1, faults: 1 });
  });

  it("changes something with each operation that can, so that the two tests above mean something", async () => {
    const changing = [];
    for (const operation of operations) {
      const { memory } = await create({});
      const before = JSON.stringify(await picture(memory));
      await steps[operation](memory);
      if (JSON.stringify(await picture(memory)) !== before) changing.push(operation);
    }
    expect(changing).toEqual([
      "makeDirectory",
      "removeDirectory",
      "rename",
      "link",
      "clone",
      "unlink",
      "setMode",
      "open",
      "write",
      "setAccess",
    ]);
  });

  it.each([
    ["torn", "rejected", 15],
    ["short", "fulfilled", 15],
    ["before", "rejected", 10],
    ["after", "rejected", 20],
  ] as const)("writes with the effect %s: %s, %i bytes are there", async (effect, status, sizeBytes) => {
    const { memory, fs } = await create({ failAt: 1, operations: ["write"], effect });
    const [result] = await Promise.allSettled([steps.write(fs)]);
    expect(result?.status).toBe(status);
    expect((await memory.stat("/file"))?.sizeBytes).toBe(sizeBytes);
  });

  it("tells the caller of a short read or write how far it went, and never stands still", async () => {
    const { fs } = await create({ failAt: 1, repeat: "forever", effect: "short" });
    const handle = await fs.open("/file", "append");
    expect(await handle.read(new Uint8Array(10), 0)).toBe(5);
    expect(await handle.read(new Uint8Array(1), 0)).toBe(1);
    expect(await handle.write(bytes.subarray(0, 5))).toBe(3);
    expect(await handle.write(bytes.subarray(0, 1))).toBe(1);
    await handle.close();
  });

  it.each(operations.filter((operation) => operation !== "read" && operation !== "write"))(
    "leaves %s alone when it cuts short",
    async (operation) => {
      const untouched = await create({});
      await steps[operation](untouched.fs);
      const { memory, fs } = await create({ failAt: 1, operations: [operation], effect: "short" });
      await steps[operation](fs);
      expect(await picture(memory)).toEqual(await picture(untouched.memory));
      expect(fs.faults).toBe(1);
    },
  );

  it.each(operations.filter((operation) => operation !== "write"))(
    "lets %s fail before it took effect when it tears writes",
    async (operation) => {
      const { memory, fs } = await create({ failAt: 1, operations: [operation], effect: "torn" });
      const before = await picture(memory);
      await expect(steps[operation](fs)).rejects.toMatchObject({ code: "EIO" });
      expect(await picture(memory)).toEqual(before);
    },
  );

  it.each(["before", "after"] as const)("closes the file although close fails (%s)", async (effect) => {
    const { fs } = await create({ failAt: 1, operations: ["close"], effect });
    const handle = await fs.open("/file", "append");
    await expect(handle.close()).rejects.toMatchObject({ code: "EIO" });
    await expect(handle.stat()).rejects.toMatchObject({ code: "EBADF" });
    await handle.close();
  });

  it("fails once, or from then on", async () => {
    const outcomes = async (repeat: "once" | "forever"): Promise<string[]> => {
      const { fs } = await create({ failAt: 2, repeat });
      const results = await Promise.allSettled([1, 2, 3, 4].map(() => fs.stat("/file")));
      return results.map(({ status }) => status);
    };
    expect(await outcomes("once")).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect(await outcomes("forever")).toEqual(["fulfilled", "rejected", "rejected", "rejected"]);
  });

  it("counts the plan's operations, and traces all with their paths", async () => {
    const { fs } = await create({ operations: ["write", "rename"] });
    for (const step of [steps.write, steps.rename, steps.list]) await step(fs);
    expect(fs.calls).toBe(2);
    expect(fs.trace).toEqual([
      { operation: "open", path: "/file" },
      { operation: "write", path: "/file" },
      { operation: "close", path: "/file" },
      { operation: "rename", path: "/from" },
      { operation: "list", path: "/" },
    ]);
  });

  it("lets a loop over N stop when a run went through untouched", async () => {
    const failed: string[] = [];
    for (let failAt = 1; ; failAt += 1) {
      const { fs } = await create({ failAt });
      await steps.sync(fs).catch((error: Error) => failed.push(error.message));
      if (fs.faults === 0) break;
    }
    expect(failed).toEqual(["open", "sync", "close"].map((name) => `EIO: planned fault, ${name} "/file"`));
  });
});
