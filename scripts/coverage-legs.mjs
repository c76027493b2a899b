/*
 * Which files of src another runtime runs, and so counts for coverage: its leg of the matrix measures them, and `npm
 * test`, which runs on Node, does not. Each is named, so that a new file counts on Node until somebody says otherwise.
 */

/** Files by the leg that measures them; what several run counts where most of it is used. */
export const COVERED_IN = {
  Deno: [
    "src/adapters/fs/deno/file-error.ts",
    "src/adapters/fs/deno/file-stat.ts",
    "src/adapters/fs/deno.ts",
    "src/adapters/process/deno-homes.ts",
    "src/adapters/process/deno.ts",
    "src/hosts/deno.ts",
    "src/hosts/digest/deno-files.ts",
  ],
  Bun: ["src/hosts/bun.ts"],
  workerd: [
    "src/adapters/blob/r2/failure.ts",
    "src/adapters/blob/r2/markers.ts",
    "src/adapters/blob/r2/writer.ts",
    "src/adapters/blob/r2.ts",
    "src/adapters/hash/digest-stream.ts",
    "src/hosts/_instantiate-sql-js.ts",
    "src/hosts/engine/catalog-file.ts",
    "src/hosts/workerd.ts",
  ],
  Chromium: [
    "src/adapters/fs/opfs.ts",
    "src/adapters/fs/opfs/files.ts",
    "src/adapters/fs/opfs/handle.ts",
    "src/adapters/fs/opfs/names.ts",
    "src/adapters/fs/opfs/mutex.ts",
    "src/adapters/fs/opfs/vendor.ts",
    "src/adapters/process/web-locks.ts",
    "src/adapters/web-locks.ts",
    "src/hosts/browser.ts",
    "src/hosts/browser/catalog-service.ts",
    "src/hosts/browser/greeting.ts",
    "src/hosts/browser/local-ports.ts",
    "src/hosts/browser/worker-ports.ts",
    "src/hosts/browser/worker.ts",
  ],
};

/** So much of each file has to be covered, in percent of its lines and of its branches. */
export const REQUIRED_PERCENT = 95;

/** Set to the folder that legs write to what they covered; without it nothing is measured. */
export const COVERAGE_DIRECTORY_VARIABLE = "CONTENT_CATALOG_COVERAGE_DIRECTORY";
