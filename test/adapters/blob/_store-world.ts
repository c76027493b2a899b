import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";

/** A store over `fs` with its root at `rootDir`. */
export function openStore(fs: FileSystem, rootDir = "/root"): Promise<BlobStore> {
  return openFileBlobStore({ fs, rootDir, entropy: webCryptoEntropy });
}

/** What `fs` can do, less what `without` names; these answer as a device that lacks them does. */
export function lacking(fs: FileSystem, ...without: readonly ("hardlink" | "clone")[]): FileSystem {
  const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error("ENOTSUP"), { code: "ENOTSUP" }));
  const lacks = Object.fromEntries(without.map((name) => [name, false]));
  return changed(fs, {
    capabilities: { ...fs.capabilities, ...lacks },
    ...(without.includes("hardlink") && { link: refuse }),
    ...(without.includes("clone") && { clone: refuse }),
  });
}

/** `fs` with some methods replaced. */
export function changed(fs: FileSystem, methods: Partial<FileSystem>): FileSystem {
  return new Proxy(fs, {
    get: (target, name) => {
      const own: unknown = Reflect.get(name in methods ? methods : target, name);
      return typeof own === "function" ? own.bind(name in methods ? methods : target) : own;
    },
  });
}

/** Runs `work` with a new folder of the machine, which is removed afterwards. */
export async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await makeFolder();
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A new folder of the machine. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "content-catalog-store-"));
}

/** All names below a folder of the machine, files with their size, sorted. */
export async function treeOf(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory()) found.push(`${path.slice(folder.length + 1)} ${(await lstat(path)).size}`);
  }
  return found.sort();
}
