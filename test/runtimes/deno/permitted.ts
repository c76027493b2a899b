import { statfs } from "node:fs/promises";
import { denoFileError } from "../../../src/adapters/fs/deno/file-error.ts";
import { createDenoFileSystem } from "../../../src/adapters/fs/deno.ts";
import { mayShareBlocksOn } from "../../../src/adapters/fs/device/shared-blocks.ts";
import { createDenoProcessTable } from "../../../src/adapters/process/deno.ts";
import { findDenoHomes } from "../../../src/adapters/process/deno-homes.ts";
import { openCatalog } from "../../../src/hosts/deno.ts";
import { denoFiles } from "../../../src/hosts/digest/deno-files.ts";
import { openDigests } from "../../../src/hosts/digest/open-digests.ts";
import { assert, assertEquals, assertFails } from "../../../src/testing/assert.ts";

import { testTelemetry } from "../telemetry-cases.ts";
import { runner } from "./runner.ts";

interface DenoChild {
  readonly pid: number;
  readonly status: Promise<{ readonly success: boolean }>;
  kill(signal: "SIGKILL"): void;
}

declare const Deno: {
  readonly build: { readonly os: string };
  readonly pid: number;
  readonly env: { get(name: string): string | undefined };
  readonly Command: new (program: string, options: { readonly args: readonly string[] }) => { spawn(): DenoChild };
  lstat: (path: string) => Promise<object>;
  hostname(): string;
  makeTempDir(): Promise<string>;
  remove(path: string, options: { readonly recursive: true }): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  test(name: string, body: () => Promise<void> | void): void;
  test(test: {
    readonly name: string;
    readonly permissions: Readonly<Record<string, boolean>>;
    readonly fn: () => Promise<void> | void;
  }): void;
};

/* What takes more than to read and write: deno test --allow-all. */

testTelemetry(runner, "deno", {
  fs: createDenoFileSystem(),
  openCatalog,
  makePlace: async () => {
    const directory = await Deno.makeTempDir();
    return { directory, dispose: () => Deno.remove(directory, { recursive: true }) };
  },
});

function start(program: string, ...args: readonly string[]): DenoChild {
  return new Deno.Command(program, { args }).spawn();
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Host deno: with all permissions > tells living processes from dead ones", async () => {
  const table = createDenoProcessTable();
  const self = table.self();
  assertEquals([self.host, self.pid], [Deno.hostname(), Deno.pid]);
  assert(self.bootId !== null && self.startedAt !== null, "expected to know boot and start");
  assert(table.endIsSeen || table.lifeSigns !== undefined, "expected to be seen, or to show signs of life");
  assertEquals(table.isAlive(self), true);
  assertEquals(table.isAlive({ ...self, startedAt: `1${self.startedAt}` }), false, "another with the same pid");
  assertEquals(table.isAlive({ ...self, thread: "4194305@1" }), false, "a thread that nobody can have");
  const child = start("sleep", "60");
  assertEquals(table.isAlive({ ...self, pid: child.pid, startedAt: null }), true);
  child.kill("SIGKILL");
  await child.status;
  assertEquals(table.isAlive({ ...self, pid: child.pid, startedAt: null }), false);
});

Deno.test("Host deno: with all permissions > knows how much room is left", async () => {
  const { freeBytes } = createDenoFileSystem();
  assert(freeBytes !== undefined, "expected to be told");
  await inFolder(async (folder) => {
    assert((await freeBytes(folder)) > 0, "expected some room");
    await assertFails(() => freeBytes(`${folder}/missing`), "ENOENT");
    const device = await statfs(folder, { bigint: true });
    assertEquals(await createDenoFileSystem().mayShareBlocks?.(folder), mayShareBlocksOn(device, Deno.build.os));
  });
});

Deno.test({
  name: "Host deno: with all permissions but one > does not know of other processes without --allow-run",
  permissions: { read: true, sys: true },
  fn: () => {
    const table = createDenoProcessTable();
    const self = table.self();
    assertEquals(self.host, Deno.hostname());
    assertEquals([table.isAlive({ ...self, pid: 1 }), table.isAlive(self)], [undefined, true]);
  },
});

Deno.test("FileSystem deno: with all permissions > opens no pipe, which nobody may ever write to", () =>
  inFolder(async (folder) => {
    const path = `${folder}/pipe`;
    assert((await start("mkfifo", path).status).success, "expected mkfifo to make a pipe");
    const fs = createDenoFileSystem();
    assertEquals((await fs.stat(path))?.kind, "other");
    await assertFails(() => fs.open(path, "read"), "ENXIO");
    await assertFails(() => fs.open(path, "append"), "ENXIO");
  }));

Deno.test("FileSystem deno: with all permissions > tells what cannot be looked at from what is not there", () =>
  inFolder(async (folder) => {
    await Deno.symlink("loop", `${folder}/loop`);
    await assertFails(() => createDenoFileSystem().stat(`${folder}/loop`), "ELOOP");
    await assertFails(() => createDenoFileSystem().lstat(`${folder}/${"x".repeat(300)}`), "ENAMETOOLONG");
  }));

Deno.test("FileSystem deno: with all permissions > makes do with what Windows tells of a file", async () => {
  const { lstat } = Deno;
  const made = new Date(1_000);
  const lacking = { mtime: null, nlink: null, mode: null, ino: 2 ** 60, birthtime: made };
  Deno.lstat = async (path) => ({ ...(await lstat(path)), ...lacking });
  try {
    const stat = await createDenoFileSystem().lstat("/");
    assertEquals([stat?.modifiedMs, stat?.links, stat?.mode], [0, 1, 0o666]);
    assertEquals(stat?.identity.endsWith(`:${2 ** 60}:1000`), true, stat?.identity);
  } finally {
    Deno.lstat = lstat;
  }
});

Deno.test("FileSystem deno: with all permissions > gives every error a code", () => {
  assertEquals(denoFileError("a text").code, "EIO");
  assertEquals(denoFileError(new Error("unknown")).code, "EIO");
  const loop = Object.assign(new Error("loop"), { name: "FilesystemLoop" });
  assertEquals(denoFileError(loop).code, "ELOOP");
});

Deno.test("Host deno: with all permissions > knows the home folder, where there is one", () => {
  const home = Deno.env.get("HOME");
  const usual = ["/root", "/home", "/Users"];
  assertEquals(findDenoHomes(), home === undefined || home === "" ? usual : [home, ...usual]);
});

Deno.test("Digests of deno: with all permissions > wait for no pipe, in a worker or in the thread", () =>
  inFolder(async (folder) => {
    const path = `${folder}/pipe`;
    assert((await start("mkfifo", path).status).success, "expected mkfifo to make a pipe");
    for (const script of [undefined, "process.exit(1)"]) {
      const pool = await openDigests({ jobs: 1, filesOf: "deno", script });
      for (const followSymlinks of [true, false]) {
        const [digest] = await pool.digest([{ path, followSymlinks, sizeBytes: 0 }]);
        assertEquals(digest, { kind: "other", what: "other" });
      }
      await pool.close();
    }
  }));

Deno.test("Digests of deno: with all permissions > read a file in any order, and tell failures with their code", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file`;
    const handle = await createDenoFileSystem().open(path, "create");
    await handle.write(new TextEncoder().encode("hello"));
    await handle.close();
    const file = await denoFiles.open(path, false);
    const target = new Uint8Array(2);
    const read = async (position: number): Promise<string> => {
      const count = await file.read(target, position);
      return new TextDecoder().decode(target.subarray(0, count));
    };
    assertEquals([await read(3), await read(0), await read(2), await read(5)], ["lo", "he", "ll", ""]);
    await file.close();
    await assertFails(async () => file.read(target, 0), "EBADF");
    await assertFails(async () => denoFiles.open(`${folder}/missing`, false), "ENOENT");
    await assertFails(async () => denoFiles.look(`${folder}/${"x".repeat(300)}`, false), "ENAMETOOLONG");
  }));
