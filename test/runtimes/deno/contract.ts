import { createDenoFileSystem } from "../../../src/adapters/fs/deno.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { createDenoProcessTable } from "../../../src/adapters/process/deno.ts";
import { openCatalog } from "../../../src/hosts/deno.ts";
import { testRuntime } from "../contract.ts";
import { runner } from "./runner.ts";

declare const Deno: {
  makeTempDir(): Promise<string>;
  remove(path: string, options: { readonly recursive: true }): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
};

/* deno test --allow-read --allow-write: a symlink, which only the suite makes, needs both without a path. */
testRuntime(runner, {
  name: "deno",
  fs: createDenoFileSystem(),
  nativeHasher: createNativeHasher,
  processes: createDenoProcessTable(),
  openCatalog,
  makeFolder: () => Deno.makeTempDir(),
  removeFolder: (path) => Deno.remove(path, { recursive: true }),
  symlink: (target, path) => Deno.symlink(target, path),
});
