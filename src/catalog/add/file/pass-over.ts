import { compareBytes } from "../../../core/outcome.ts";
import type { Sha256 } from "../../../core/sha256.ts";
import type { FileStat } from "../../../ports/file-system.ts";
import { hashFile } from "../../files/hash-file.ts";
import type { SourceRows } from "../../sources/source-rows.ts";
import { describeNewFile, type FileRun, type FileToAdd } from "./add-known-file.ts";

/** A file that a walk came by, and that is not added, as its bytes were removed on purpose. */
export interface PassedFile {
  /** Tells it from what was added. */
  readonly outcome: "removed_before";
  /** Under which id it would be in the catalog. */
  readonly artifactId: string;
  /** How many bytes it has. */
  readonly bytes: number;
}

/**
 * A file that a walk came by is passed over if its bytes were removed on purpose, under the key that it would have, or in
 * this very file; unless a row has them all the same. Of most files that is known without a look at them.
 */
export async function passOver(run: FileRun, file: FileToAdd, known: SourceRows): Promise<PassedFile | undefined> {
  const { context, removed } = run;
  if (removed === undefined || file.isWalked !== true) return undefined;
  await removed.refresh();
  const { path } = file;
  const { artifactId, sourceUrl, resolver } = known.documents[0] ?? describeNewFile(run, file);
  const key = { artifactId, sourceUrl, resolver };
  if (!removed.mayHave(key, known.file.uri)) return undefined;
  const stat = await context.fs.lstat(path);
  if (stat?.kind !== "file") return undefined;
  const found = await removed.find({
    ...{ key, path, bytes: stat.sizeBytes, sha256: null },
    hash: () => hashUnchanged(run, path, stat),
    modifiedMs: async () => stat.modifiedMs,
  });
  const [tombstone] = found;
  if (tombstone === undefined || hasRow(known, tombstone)) return undefined;
  return { outcome: "removed_before", artifactId, bytes: stat.sizeBytes };
}

/** What is written to at this moment has no hash: whoever adds it says so. */
async function hashUnchanged(
  { context, signal }: FileRun,
  path: string,
  { sizeBytes }: FileStat,
): Promise<Sha256 | undefined> {
  const hashed = await hashFile(context, path, { signal });
  return hashed.stable && hashed.sizeBytes === sizeBytes ? hashed.sha256 : undefined;
}

/** Whether a row of the file may have the bytes. */
function hasRow(
  { documents, variants }: SourceRows,
  content: { readonly sha256: Sha256 | null; readonly bytes: number },
): boolean {
  return [...documents, ...variants].some((row) => compareBytes(row, content) !== "other");
}
