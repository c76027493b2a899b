import { handleCases } from "./file-system/handle-cases.ts";
import { nameCases } from "./file-system/name-cases.ts";
import type { FileSystemCase, FileSystemPlace } from "./file-system/place.ts";
import { statCases } from "./file-system/stat-cases.ts";
import { symlinkCases } from "./file-system/symlink-cases.ts";
import type { SuiteRunner } from "./suite-runner.ts";

/**
 * Checks everything that the port `FileSystem` promises, each case in a folder of its own.
 * @example
 * ```ts ignore
 * import { describe, it } from "node:test"; // or vitest, or bun:test
 * import { createMemoryFileSystem } from "content-catalog/memory";
 * import { testFileSystem } from "content-catalog/testing";
 *
 * testFileSystem({ describe, it }, "memory", async () => {
 *   const fs = createMemoryFileSystem();
 *   return { fs, directory: "/", dispose: async () => {} };
 * });
 * ```
 */
export function testFileSystem(runner: SuiteRunner, name: string, create: () => Promise<FileSystemPlace>): void {
  const groups: Readonly<Record<string, Readonly<Record<string, FileSystemCase>>>> = {
    "open files": handleCases,
    names: nameCases,
    "stat and list": statCases,
    symlinks: symlinkCases,
  };
  for (const [group, cases] of Object.entries(groups)) {
    runner.describe(`FileSystem ${name}: ${group}`, () => {
      for (const [title, check] of Object.entries(cases)) runner.it(title, () => runCase(check, create));
    });
  }
}

async function runCase(check: FileSystemCase, create: () => Promise<FileSystemPlace>): Promise<void> {
  const place = await create();
  try {
    await check(place);
  } finally {
    await place.dispose();
  }
}
