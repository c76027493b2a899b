import { fileUriFromPath, type StorageUri } from "../../core/storage-uri.ts";
import type { FileStat } from "../../ports/file-system.ts";
import type { Placement } from "../placing/place-content.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { selectReferences } from "../placing/placing-statements.ts";
import type { StagedContent } from "../placing/stage-content.ts";

/** A file whose bytes have their place and their durable row. */
export interface StoredSource {
  /** Its absolute path, which is no symlink. */
  readonly source: string;
  /** How it looked before it was read. */
  readonly before: FileStat;
  /** The bytes as they were read, with their hash. */
  readonly content: StagedContent;
  /** How the bytes came to where they are. */
  readonly placement: Placement;
  /** Where the bytes are now, as their row says. */
  readonly uri: StorageUri;
}

/** Removes the name under which bytes came; a failure costs nothing but room, so it is no failure of the call. */
export async function removeSource(context: PlacingContext, stored: StoredSource): Promise<void> {
  const { fs, store, logger, settings } = context;
  const { source, before, content, placement, uri } = stored;
  try {
    // Somebody may have put another file there.
    if ((await fs.lstat(source))?.identity !== before.identity) return;
    if (await isBlob(context, stored)) return;
    await fs.unlink(source);
    const key = store.findKey(uri);
    const isOurs = content.staging.shared && placement === "stored" && settings.layout === "cas";
    if (isOurs && content.sha256 !== null && key !== undefined) await store.protect(key);
  } catch (error) {
    logger.log("warn", "Could not remove a file that was stored", { path: source, error: String(error) });
  }
}

/** Whether the source is, or may be, a stored blob itself: then its name is needed. */
async function isBlob({ fs, store, sql }: PlacingContext, { source, uri: storedUri }: StoredSource): Promise<boolean> {
  const found = fileUriFromPath(await fs.realPath(source));
  const key = store.findKey(found);
  // Where names in different case are one, it may be a blob under another name than that of its row.
  const uri = key === undefined ? found : store.uriOf(await store.canonicalKey(key));
  if (uri === storedUri) return true;
  const rows = (await sql?.query(selectReferences(uri))) ?? [];
  return rows.length > 0 || (key !== undefined && sql === undefined);
}
