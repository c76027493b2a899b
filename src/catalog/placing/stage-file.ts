import { asCatalogError } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import type { FileHandle } from "../../ports/file-system.ts";
import { readChunks } from "../files/read-chunks.ts";
import type { PlacingContext } from "./placing-context.ts";
import {
  type ContentExpectations,
  digestStaged,
  dropQuietly,
  isSameState,
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

/** Stages a file that somebody wrote. The file itself is left as it is. */
export async function stageFile(
  context: PlacingContext,
  path: string,
  options: StageFileOptions,
): Promise<StagedContent> {
  const { store } = context;
  const ways = options.transfer === "copy" ? (["clone"] as const) : (["link", "clone"] as const);
  for (const way of store.capabilities.adopt ? ways : []) {
    const staged = await store.adopt(path, way);
    if (staged === undefined) continue;
    try {
      const content = await digestStaged(context, staged, options);
      // What nobody else has cannot change any more.
      return staged.shared ? content : { ...content, hashedAs: undefined };
    } catch (error) {
      await dropQuietly(context, () => store.dropStaged(staged));
      throw error;
    }
  }
  return copyIn(context, path, options);
}

async function copyIn(context: PlacingContext, path: string, options: StageFileOptions): Promise<StagedContent> {
  const handle = await reading(path, () => context.fs.open(path, "read"));
  try {
    const before = await reading(path, () => handle.stat());
    // One byte more than there was shows that it grew; a file that never ends is not read to its end.
    const content = await stageContent(
      context,
      chunksOf(handle, { path, maxBytes: before.sizeBytes + 1, options }),
      options,
    );
    try {
      const after = await reading(path, () => handle.stat());
      if (content.bytes !== before.sizeBytes || !isSameState(after, before)) throw unstable(path);
      return content;
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
  { path, maxBytes, options }: { path: string; maxBytes: number; options: StageFileOptions },
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* readChunks(handle, { maxBytes, signal: options.signal });
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
