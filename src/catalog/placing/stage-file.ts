import { asCatalogError } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { isCatalogError } from "../../errors.ts";
import type { BlobStat, StagedBlob } from "../../ports/blob-store.ts";
import type { FileHandle } from "../../ports/file-system.ts";
import { KEPT_REASON } from "../files/hash-file.ts";
import { findRootKey, LONGEST_PLACEHOLDER } from "../files/kept-names.ts";
import { type ReadChunksOptions, readChunks, SMALL_BUFFER_BYTES } from "../files/read-chunks.ts";
import type { PlacingContext } from "./placing-context.ts";
import {
  type ContentExpectations,
  digestStaged,
  dropQuietly,
  isSameState,
  readAll,
  type StagedContent,
  stageContent,
  unstable,
} from "./stage-content.ts";

/**
 * How a file comes into the root:
 * - `move`: by a second name where that works, else by copying; the first name goes when its row is there
 * - `copy`: by sharing the device's blocks where that works, else by copying; the file stays
 * - `hardlink`: by a second name where that works, else by copying; the file stays, with its mode
 */
export type Transfer = "move" | "copy" | "hardlink";

/** The values of {@link Transfer}. */
export const TRANSFERS: readonly Transfer[] = ["move", "copy", "hardlink"];

/** Checks how a file comes in. @throws {TypeError} when it is none of {@link TRANSFERS} */
export function parseTransfer(value: string): Transfer {
  const known = TRANSFERS.find((each) => each === value);
  if (known) return known;
  throw new TypeError(`Cannot use transfer ${quote(value)}: expected one of ${TRANSFERS.join(", ")}`);
}

/** Options of {@link stageFile}. */
export interface StageFileOptions extends ContentExpectations {
  /** How the file comes into the root. */
  readonly transfer: Transfer;
  /** Looked at between reads; aborted, it makes staging reject with its reason, and nothing stays. */
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of a file that were staged. */
interface ReadFile {
  readonly content: StagedContent;
  /** The file that was read; `undefined` where that cannot be told. */
  readonly read: BlobStat | undefined;
}

/**
 * Stages a file that somebody wrote. The file itself is left as it is.
 * @throws {CatalogError} CONFLICT when it changes meanwhile, or a collector has taken it and keeps its name
 */
export async function stageFile(
  context: PlacingContext,
  path: string,
  options: StageFileOptions,
): Promise<StagedContent> {
  const { content, read } = await readIn(context, path, options);
  if (read === undefined || content.bytes > LONGEST_PLACEHOLDER) return content;
  try {
    await reading(path, () => refuseKept(context, path, read));
    return content;
  } catch (error) {
    await dropQuietly(context, () => content.staging.drop());
    throw error;
  }
}

/**
 * What keeps the name of a file in the root for a collector is no content, though it may come after the file was looked
 * at, and be gone when the bytes are there. It is told by what has the name then, as the one that was read.
 */
async function refuseKept(context: PlacingContext, path: string, read: BlobStat): Promise<void> {
  const key = await findRootKey(context, path);
  if (key === undefined) return;
  // Before the name is looked at again: what stands for the same file then stood there all the time.
  if (await context.store.isKept(key)) throw unstable(path, KEPT_REASON);
  const now = await context.fs.lstat(path);
  if (now === undefined || !isSameState(now, read)) throw unstable(path);
}

async function readIn(context: PlacingContext, path: string, options: StageFileOptions): Promise<ReadFile> {
  const { store } = context;
  const ways = options.transfer === "copy" ? (["clone"] as const) : (["link", "clone"] as const);
  for (const way of store.capabilities.adopt ? ways : []) {
    const staged = await store.adopt(path, way);
    if (staged === undefined) continue;
    try {
      if (!(await isToBeCopied(context, path, { staged, way }))) return await digestAdopted(context, staged, options);
    } catch (error) {
      await dropQuietly(context, () => store.dropStaged(staged));
      throw ofSource(error, path);
    }
    await dropQuietly(context, () => store.dropStaged(staged));
    break;
  }
  return copyIn(context, path, options);
}

async function digestAdopted(
  context: PlacingContext,
  staged: StagedBlob,
  options: StageFileOptions,
): Promise<ReadFile> {
  const content = await digestStaged(context, staged, options);
  if (staged.shared) return { content, read: content.hashedAs };
  // What nobody else has cannot change any more.
  return { content: { ...content, hashedAs: undefined }, read: undefined };
}

/** Whether a file is to be read by its name, though it could be taken in as it lies. */
async function isToBeCopied(
  context: PlacingContext,
  path: string,
  { staged, way }: { readonly staged: StagedBlob; readonly way: "clone" | "link" },
): Promise<boolean> {
  // A file that is made up when it is read says that it is empty: a copy of what it gives says how much that is.
  if (staged.sizeBytes === 0) return !(await isEmpty(context, staged));
  // Of a clone nobody can tell whether it is one of what keeps the name for a moment.
  const isSuspect = way === "clone" && staged.sizeBytes <= LONGEST_PLACEHOLDER;
  return isSuspect && (await reading(path, () => findRootKey(context, path))) !== undefined;
}

async function isEmpty({ store }: PlacingContext, staged: StagedBlob): Promise<boolean> {
  for await (const chunk of readAll(await store.openStaged(staged))) if (chunk.byteLength > 0) return false;
  return true;
}

/** What is staged are the blocks of the source: that they cannot be read is said of that. */
function ofSource(error: unknown, path: string): unknown {
  return isCatalogError(error, "BACKEND") ? asCatalogError(error.cause, { verb: "read", path }) : error;
}

async function copyIn(context: PlacingContext, path: string, options: StageFileOptions): Promise<ReadFile> {
  const handle = await reading(path, () => context.fs.open(path, "read"));
  try {
    const before = await reading(path, () => handle.stat());
    // One byte more than there was shows that it grew; a file that never ends is not read to its end. What says that it
    // is empty may not be, as in procfs, and ends where nothing comes.
    const isSized = before.sizeBytes > 0;
    const limits = isSized ? { maxBytes: before.sizeBytes + 1 } : { bufferBytes: SMALL_BUFFER_BYTES };
    const content = await stageContent(
      context,
      chunksOf(handle, { path, limits: { ...limits, signal: options.signal } }),
      { ...options, mode: before.mode },
    );
    try {
      const after = await reading(path, () => handle.stat());
      if ((isSized && content.bytes !== before.sizeBytes) || !isSameState(after, before)) throw unstable(path);
      return { content, read: before };
    } catch (error) {
      await dropQuietly(context, () => content.staging.drop());
      throw error;
    }
  } finally {
    // It was only read: nothing is lost when closing fails.
    await Promise.allSettled([handle.close()]);
  }
}

async function* chunksOf(
  handle: FileHandle,
  { path, limits }: { readonly path: string; readonly limits: ReadChunksOptions },
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* readChunks(handle, limits);
  } catch (error) {
    throw asCatalogError(error, { verb: "read", path });
  }
}

async function reading<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw asCatalogError(error, { verb: "read", path });
  }
}
