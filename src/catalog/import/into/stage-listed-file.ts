import { asCatalogError } from "../../../core/messages/file-error.ts";
import { isCatalogError } from "../../../errors.ts";
import { findFileFailure } from "../../add/describe-failure.ts";
import type { CatalogContext } from "../../context.ts";
import type { OwnFiles } from "../../files/own-files.ts";
import { restoreRemoved } from "../../files/remove-unchanged.ts";
import type { SeenFile } from "../../ingest/remove-source.ts";
import type { PlacingContext } from "../../placing/placing-context.ts";
import type { StagedContent } from "../../placing/stage-content.ts";
import { stageFile, type Transfer } from "../../placing/stage-file.ts";
import { examineFile, type FileReport } from "../examine-file.ts";
import type { PrepareScope } from "../prepare-outcome.ts";
import type { MovedFiles } from "./moved-files.ts";

/** What placing the files of a manifest works with. */
export interface PlaceScope extends PrepareScope {
  /** The database, and what a catalog works with beside it. */
  readonly context: CatalogContext;
  /** The store that files come into. */
  readonly placing: PlacingContext;
  /** How they come into it. */
  readonly transfer: Transfer;
  /** Where the bytes are that an earlier line moved away. */
  readonly moved: MovedFiles;
  /** What is no content. */
  readonly own: OwnFiles;
}

/** A file that a line names: where it is there and can be read, its bytes are staged. */
export interface ListedFile {
  /** What there is to say about the file, and its size and hash if it could be read. */
  readonly report: FileReport;
  /** Missing for a file that is not taken; the report says why. */
  readonly staged?: StagedFile;
}

/** Bytes of a file that wait for their place. */
export interface StagedFile {
  /** Absolute, and no symlink. */
  readonly source: string;
  /** The bytes on the device of the store, with their hash and size. */
  readonly content: StagedContent;
  /** How it looked before it was read; missing where it is to stay. */
  readonly before?: SeenFile;
}

/** Looks at the file behind a path of a line and stages its bytes, hashing them on their way. The file stays as it is. */
export async function stageListedFile(scope: PlaceScope, writtenPath: string): Promise<ListedFile> {
  const report = await examine(scope, writtenPath);
  if (report.status !== "present") return { report };
  const { path } = report;
  try {
    const reason = await findObjection(scope, path);
    if (reason !== undefined) return { report: { status: "own", path, reason } };
    const staged = await stage(scope, path);
    const { bytes, sha256 } = staged.content;
    if (sha256 !== null) {
      scope.onBytes?.(bytes);
      scope.onFile?.();
    }
    return { report: { ...report, bytes, sha256 }, staged };
  } catch (error) {
    scope.signal?.throwIfAborted();
    return { report: await reportFailure(scope, path, asCatalogError(error, { verb: "read", path })) };
  }
}

/** With `move` a file that an import which was killed left hidden is looked at under its own name again. */
async function examine(scope: PlaceScope, writtenPath: string): Promise<FileReport> {
  const report = await examineFile(scope, writtenPath, { hash: false });
  if (report.status !== "gone" || scope.transfer !== "move") return report;
  const isBack = await restoreRemoved(scope.context.fs, report.path).catch(() => false);
  return isBack ? examineFile(scope, writtenPath, { hash: false }) : report;
}

/** Why a file is not to be taken although it could be. */
async function findObjection({ context, own, transfer }: PlaceScope, path: string): Promise<string | undefined> {
  const stat = await context.fs.stat(path);
  return stat && own.findObjection(path, stat, transfer);
}

async function stage({ context, placing, transfer, signal }: PlaceScope, path: string): Promise<StagedFile> {
  const seenMs = context.clock.now();
  const named = await context.fs.lstat(path);
  if (named?.kind !== "symlink") {
    const content = await stageFile(placing, path, { name: path, transfer, signal });
    return { source: path, content, ...(transfer === "move" && named && { before: { stat: named, seenMs } }) };
  }
  // What a symlink leads to was named by nobody: it is never taken away.
  const source = await context.fs.realPath(path);
  const gentle = transfer === "move" ? "copy" : transfer;
  return { source, content: await stageFile(placing, source, { name: path, transfer: gentle, signal }) };
}

/** What is wrong with the file. @throws the error itself when it is trouble of the whole import, like a full disk */
async function reportFailure({ context }: PlaceScope, path: string, error: unknown): Promise<FileReport> {
  const failure = isCatalogError(error) ? await findFileFailure(context.fs, path, error) : undefined;
  switch (failure?.kind) {
    case undefined:
      throw error;
    case "gone":
      return { status: "gone", path, reason: "is not there" };
    case "unstable":
      return { status: "unstable", path, reason: "cannot be trusted: it was written to while it was read" };
    default:
      return { status: "unreadable", path, reason: "cannot be read: access is denied, or the device failed" };
  }
}
