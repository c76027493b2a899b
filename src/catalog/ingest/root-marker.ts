import { OWN_FOLDERS, parseBlobKey } from "../../core/naming/blob-key.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { BlobStore, QuarantineEvidence, StagedBlob } from "../../ports/blob-store.ts";
import { findCatalogId } from "../meta/catalog-id.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { dropQuietly } from "../placing/stage-content.ts";

/** What a root knows about one catalog that uses it: the file `.content-catalog/<id>`, as JSON. */
export interface RootMarker {
  /** The id that the catalog has had since it was created; names the file. */
  readonly id: string;
  /** The highest sequence of the catalog seen at its last checkpoint or collection; 0 before the first. */
  readonly sequence: number;
  /** Path or URL of the catalog, without credentials. */
  readonly path: string;
}

/** Enters the catalog of a context in its root, once, before the first bytes; nothing happens without a catalog. */
export async function ensureRootMarker(context: PlacingContext): Promise<void> {
  const { sql, state, store, settings } = context;
  if (sql === undefined) return;
  state.marked ??= (async () => {
    const id = await findCatalogId(sql);
    if (id !== undefined) await writeRootMarker(context, store, { id, sequence: 0, path: settings.catalogPath });
  })();
  try {
    await state.marked;
  } catch (error) {
    state.marked = undefined;
    throw error;
  }
}

/** Creates the marker of a catalog, whole and durable; one that is there stays as it is. */
export async function writeRootMarker(
  context: Pick<PlacingContext, "logger" | "clock">,
  store: BlobStore,
  marker: RootMarker,
): Promise<void> {
  const key = parseBlobKey(`${OWN_FOLDERS.marker}/${marker.id}`);
  const found = await store.stat(key);
  if (found === undefined || found.sizeBytes === 0) {
    const staged = await stageMarker(context, store, marker);
    try {
      // An empty one is what a process that died left where there are no links. It makes way, not to quarantine.
      if (found === undefined) await store.place(staged, key);
      else
        await store.replace(staged, key, {
          found,
          evidence: emptyEvidence(context, staged.sizeBytes, store.uriOf(key)),
        });
    } finally {
      await dropQuietly(context, () => store.dropStaged(staged));
    }
  }
  await store.syncName(key);
}

async function stageMarker(
  context: Pick<PlacingContext, "logger">,
  store: BlobStore,
  marker: RootMarker,
): Promise<StagedBlob> {
  const writer = await store.stage();
  try {
    await writer.write(new TextEncoder().encode(`${JSON.stringify(marker)}\n`));
    return await writer.finish();
  } catch (error) {
    await dropQuietly(context, () => writer.drop());
    throw error;
  }
}

function emptyEvidence(
  { clock }: Pick<PlacingContext, "clock">,
  expectedBytes: number,
  uri: StorageUri,
): QuarantineEvidence {
  return {
    reason: "size_mismatch",
    uri,
    expected_sha256: null,
    expected_bytes: expectedBytes,
    actual_sha256: null,
    actual_bytes: 0,
    found_at: formatTimestamp(clock.now()),
  };
}
