import { asCatalogError } from "../../../../core/messages/file-error.ts";
import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError } from "../../../../errors.ts";
import type { Loaded, StoreParts } from "../protocol/store.ts";
import { tooLargeError } from "../replica/sql-error.ts";
import { readOnlyFileError } from "./failures.ts";

const ANYBODY_WRITES = 0o222;

/**
 * Makes sure that the snapshot may be written; it could be replaced all the same, as that takes the right to its
 * folder only.
 * @throws {CatalogError} READ_ONLY
 */
export async function requireWritableFile({ fs, files }: StoreParts, { snapshot }: Loaded): Promise<void> {
  if ((snapshot.stat.mode & ANYBODY_WRITES) !== 0) return;
  const mode = (await fs.stat(files.snapshot))?.mode ?? ANYBODY_WRITES;
  if ((mode & ANYBODY_WRITES) === 0) throw readOnlyFileError(files.snapshot);
}

/**
 * Makes sure that the file has not been replaced by one of an older version, which statements do not fit.
 * @throws {CatalogError} DIVERGED
 */
export function requireSchema({ files }: StoreParts, { replica }: Loaded, oldest: number): void {
  const found = replica.schemaVersion;
  if (found >= oldest) return;
  const what = `another program replaced it by a file with the older schema ${found}`;
  throw new CatalogError("DIVERGED", `Cannot go on with ${quote(files.snapshot)}: ${what}`, {
    details: { path: files.snapshot },
    hint: `Close it and open it again, which brings the schema to version ${oldest}; or bring the former file back.`,
  });
}

/** Runs work on the catalog at `path` whose errors say what failed: "Cannot <verb> ...". */
export async function named<Result>(
  { verb, path }: { readonly verb: string; readonly path: string },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RangeError ? tooLargeError(path, error) : asCatalogError(error, { verb, path });
  }
}
