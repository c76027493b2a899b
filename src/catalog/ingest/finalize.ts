import { asCatalogError } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { isAbsolutePath, normalizePath } from "../../core/path.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { CatalogError } from "../../errors.ts";
import type { FileStat } from "../../ports/file-system.ts";
import { withSlot } from "../concurrency/slots.ts";
import { createOwnFiles } from "../files/own-files.ts";
import { restoreRemoved } from "../files/remove-unchanged.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { parseTransfer, stageFile, type Transfer } from "../placing/stage-file.ts";
import type { SourceFile } from "../sources/source-rows.ts";
import { timed } from "../telemetry/timed.ts";
import {
  type IngestMeta,
  type IngestRequest,
  type IngestResult,
  type PlaceContentOptions,
  parseIngest,
} from "./ingest-request.ts";
import { removeSource } from "./remove-source.ts";
import { storeContent } from "./store-content.ts";

/** Options of `finalize`. */
export interface FinalizeOptions extends PlaceContentOptions {
  /**
   * How the file comes in; with `move` its name goes when its row is there, and the bytes that stay are proven to be its
   * own: see {@link IngestResult.sourceKept}.
   * @default "move"
   */
  readonly transfer?: Transfer | undefined;
}

/** Options of {@link finalizeSource}. */
export interface FinalizeSourceOptions extends FinalizeOptions {
  /** The file, which becomes the source of its row and is taken in where rows name it. @default it is nobody's source */
  readonly file?: SourceFile | undefined;
  /** See {@link IngestRequest.notRemovedAfter}. */
  readonly notRemovedAfter?: number | undefined;
}

/**
 * Stores a file that somebody wrote, and registers it. The file is left as it is until its row is there; then, and only
 * with `move`, its name goes. Errors are those of `ingest`, and:
 * @throws {CatalogError} NOT_FOUND when there is no such file, CONFLICT when it changes while it is read, REFUSED when it
 * belongs to a catalog in use
 */
export async function finalize(
  context: PlacingContext,
  path: string,
  meta: IngestMeta,
  options: FinalizeOptions,
): Promise<IngestResult> {
  return finalizeSource(context, path, meta, { ...options, file: undefined, notRemovedAfter: undefined });
}

/** {@link finalize} for a file that is the source of its row from then on. */
export async function finalizeSource(
  context: PlacingContext,
  path: string,
  meta: IngestMeta,
  options: FinalizeSourceOptions,
): Promise<IngestResult> {
  const request = {
    ...parseIngest(context, meta, options),
    file: options.file,
    notRemovedAfter: options.notRemovedAfter,
  };
  const transfer = parseTransfer(options.transfer ?? "move");
  if (typeof path !== "string" || !isAbsolutePath(path)) {
    throw new TypeError(`Cannot finalize ${quote(String(path))}: expected an absolute path`);
  }
  const { signal } = options;
  signal?.throwIfAborted();
  const store = (): Promise<IngestResult> => storeFile(context, normalizePath(path), { request, transfer, signal });
  const about = { name: "content_catalog.ingest.duration", signal } as const;
  return timed(context, () => withSlot(context.slots, store, { signal }), about);
}

async function storeFile(
  context: PlacingContext,
  source: string,
  options: { readonly request: IngestRequest; readonly transfer: Transfer; readonly signal: AbortSignal | undefined },
): Promise<IngestResult> {
  const { request, transfer, signal } = options;
  const seenMs = context.clock.now();
  const stat = await inspect(context, source);
  const own = context.own ?? (await createOwnFiles(context));
  await own.refuse(source, stat, { verb: "store", transfer });
  const { expectedBytes: bytes, expectedSha256: sha256 } = request;
  const content = await stageFile(context, source, { name: source, bytes, sha256, transfer, signal });
  const isLast = transfer === "move";
  const result = await storeContent(context, request, { content, declaredType: null, isLast, signal });
  // A row that keeps others, since a moment ago or for long, has not got these bytes.
  if (!isLast || result.outcome === "kept") return result;
  const before = { stat, seenMs };
  const stored = { source, before, content, placement: result.placement, uri: uriOf(result) };
  const sourceKept = await removeSource(context, stored);
  return sourceKept === undefined ? result : { ...result, sourceKept };
}

function uriOf({ record, variant }: IngestResult): StorageUri {
  return (variant ?? record).storageUri;
}

/** A symlink is refused: a second name for it would be no blob, and what it points to is not the caller's to move. */
async function inspect({ fs }: PlacingContext, path: string): Promise<FileStat> {
  let stat: FileStat | undefined;
  try {
    stat = await fs.lstat(path);
    // One who was killed while he removed it may have left it hidden.
    if (stat === undefined && (await restoreRemoved(fs, path))) stat = await fs.lstat(path);
  } catch (error) {
    throw asCatalogError(error, { verb: "finalize", path });
  }
  if (stat?.kind === "file") return stat;
  if (stat === undefined) {
    throw new CatalogError("NOT_FOUND", `Cannot finalize ${quote(path)}: there is no such file`, {
      details: { what: "file", path },
      hint: "Check the path for typing errors.",
    });
  }
  const what = stat.kind === "other" ? "special file" : stat.kind;
  throw new CatalogError("REFUSED", `Cannot finalize ${quote(path)}: it is a ${what}`, {
    details: { guard: "regular file" },
    hint: "Give the path of the regular file itself.",
  });
}
