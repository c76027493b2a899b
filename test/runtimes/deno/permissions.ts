import { createDenoFileSystem } from "../../../src/adapters/fs/deno.ts";
import { createDenoProcessTable } from "../../../src/adapters/process/deno.ts";
import { findDenoHomes } from "../../../src/adapters/process/deno-homes.ts";
import { openCatalog } from "../../../src/hosts/deno.ts";
import { assert, assertEquals, assertFails } from "../../../src/testing/assert.ts";

interface DenoTest {
  readonly name: string;
  readonly permissions: Readonly<Record<string, boolean | readonly string[]>>;
  readonly fn: () => Promise<void> | void;
}

declare const Deno: {
  readonly pid: number;
  test(test: DenoTest): void;
  readTextFileSync(path: URL): string;
};

const { dependencies, peerDependencies } = JSON.parse(
  Deno.readTextFileSync(new URL("../../../package.json", import.meta.url)),
);

for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
  Deno.test({
    name: `Host deno: permissions > ${name} loads without a look at the environment`,
    permissions: { read: true },
    fn: async () => {
      await import(name);
    },
  });
}

/* What is told where Deno permits less. A test can only have less than all: `deno test --allow-read --allow-write`. */

Deno.test({
  name: "Host deno: permissions > a missing flag is named",
  permissions: { read: true },
  fn: async () => {
    const path = "/tmp/content-catalog-not-permitted/catalog.sqlite";
    await assertFails(() => createDenoFileSystem().makeDirectory("/tmp/content-catalog-not-permitted"), "ENOTCAPABLE");
    const error = await openCatalog({ catalog: { path }, storage: { rootDir: "/tmp" } }).catch((reason) => reason);
    assertEquals([error.code, error.hint.includes("--allow-write")], ["PERMISSION", true]);
  },
});

Deno.test({
  name: "Host deno: permissions > what the device shares is unknown, and so taken to be shared",
  permissions: { read: true },
  fn: async () => {
    const fs = createDenoFileSystem();
    assertEquals([fs.freeBytes, await fs.mayShareBlocks?.("/")], [undefined, true]);
    await assertFails(async () => fs.mayShareBlocks?.("/missing"), "ENOENT");
  },
});

Deno.test({
  name: "Host deno: permissions > a process is unknown, and nobody is asked",
  permissions: { read: ["/nowhere"] },
  fn: () => {
    const table = createDenoProcessTable();
    const self = table.self();
    assertEquals(self, { host: null, bootId: null, pid: Deno.pid, startedAt: null, thread: null });
    assertEquals([table.endIsSeen, table.lifeSigns], [false, undefined]);
    assert(table.isAlive(self) === undefined, "a process of an unknown host is not known");
  },
});

for (const [where, read, homes] of [
  ["nowhere", ["/nowhere"], []],
  ["everywhere", true, ["/root", "/home", "/Users"]],
] as const) {
  Deno.test({
    name: `Host deno: permissions > homes are known that may be looked at, ${where}`,
    permissions: { read },
    fn: () => assertEquals(findDenoHomes(), homes),
  });
}
