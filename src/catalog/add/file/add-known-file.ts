import { type DocumentRecord, parseContentType, parseStoredName } from "../../../core/document.ts";
import { baseName } from "../../../core/path.ts";
import { fileUriFromPath } from "../../../core/storage-uri.ts";
import { isCatalogError } from "../../../errors.ts";
import type { SqlEngine } from "../../../ports/sql.ts";
import { withSlot } from "../../concurrency/slots.ts";
import { finalizeSource } from "../../ingest/finalize.ts";
import type { IngestMeta, IngestResult } from "../../ingest/ingest-request.ts";
import type { PlacingContext } from "../../placing/placing-context.ts";
import { findSourceRows, type SourceFile, type SourceRows } from "../../sources/source-rows.ts";
import type { AddMeta } from "../add-options.ts";
import type { AddRun } from "../add-run.ts";
import type { AddedItem } from "../add-tally.ts";
import { addVariantFile } from "./add-variant-file.ts";
import { type PassedFile, passOver } from "./pass-over.ts";
import { registerInPlace } from "./register-in-place.ts";

/** A file to be added. */
export interface FileToAdd {
  /** Real and absolute. */
  readonly path: string;
  /** Its path below what was named, with the last name of that. */
  readonly name: string;
  /** What is said about it; the rest is made of its path. */
  readonly meta: AddMeta;
  /** A walk came by it: nobody named the file itself. @default somebody did */
  readonly isWalked?: boolean | undefined;
}

/** A run with a database. */
export interface FileRun extends AddRun {
  /** The store, and the database. */
  readonly context: PlacingContext & { readonly sql: SqlEngine };
}

/** The fields of the key, which choose among the rows of a file. */
const KEY_FIELDS = ["artifactId", "sourceUrl", "resolver"] as const;

/** How often another process may make the row just when this one is about to. */
const ATTEMPTS = 5;

/**
 * Adds a file to the row that it has, whatever it was called before, or to a new one; what a caller says about the key
 * chooses among its rows.
 */
export async function addKnownFile(run: FileRun, file: FileToAdd): Promise<AddedItem | PassedFile> {
  for (let attempt = 1; ; attempt++) {
    const known = await findSourceRows(run.context, run.names, file.path);
    const passed = await passOver(run, file, known);
    if (passed !== undefined) return passed;
    const documents = known.documents.filter((record) => fits(record, file.meta));
    const isNew = KEY_FIELDS.every((field) => file.meta[field] === undefined);
    try {
      if (documents.length > 0) return await addToRows(run, file, { ...known, documents });
      if (isNew && known.variants.length > 0) return await addVariantFile(run, file, known);
      return await addToKey(run, file, { meta: describeNewFile(run, file), source: { ...known.file, isNew } });
    } catch (error) {
      if (!isCatalogError(error, "CONFLICT") || attempt === ATTEMPTS) throw error;
      const now = await findSourceRows(run.context, run.names, file.path);
      // It may have been removed on purpose meanwhile.
      const isRemoved = (await passOver(run, file, now)) !== undefined;
      // Another process may have added it meanwhile under another name: then that is its row.
      const isTaken = isNew && documents.length + known.variants.length === 0 && now.documents.length > 0;
      if (!isRemoved && !isTaken) throw error;
    }
  }
}

function fits(record: DocumentRecord, meta: AddMeta): boolean {
  return KEY_FIELDS.every((field) => {
    const said = meta[field];
    return said === undefined || parseStoredName(field, said) === record[field];
  });
}

/** What is registered about a file that has no row. */
export function describeNewFile({ settings }: AddRun, { path, name, meta }: FileToAdd): IngestMeta {
  return {
    artifactId: meta.artifactId ?? `file:${name}`,
    sourceUrl: meta.sourceUrl ?? fileUriFromPath(path),
    resolver: meta.resolver ?? "local",
    contentType: parseContentType(meta.contentType),
    basename: baseName(name),
    runId: settings.runId,
  };
}

/**
 * Adds a file to its rows. Mostly it is one; of several the first that has these bytes will do, as all that name the file
 * where it lies are taken in with it. If none has them, it is a change of each.
 */
async function addToRows(run: FileRun, file: FileToAdd, { documents, file: source }: SourceRows): Promise<AddedItem> {
  const { settings } = run;
  const isSingle = documents.length === 1;
  // The file is needed until the last of its rows has its bytes.
  const gentle = settings.into === "move" && !isSingle ? { ...settings, into: "copy" as const } : settings;
  let first: AddedItem | undefined;
  for (const { artifactId, sourceUrl, resolver } of documents) {
    const meta = { ...describeNewFile(run, file), artifactId, sourceUrl, resolver };
    const item = await addToKey({ ...run, settings: gentle }, file, { meta, source });
    first ??= item;
    if (item.contentChanged) continue;
    first = item;
    break;
  }
  const item = first as AddedItem;
  if (gentle === settings || item.outcome === "kept") return item;
  const { artifactId, sourceUrl, resolver } = item.record;
  const meta = { ...describeNewFile(run, file), artifactId, sourceUrl, resolver };
  const { sourceKept } = await addToKey(run, file, { meta, source });
  return { ...item, ...(sourceKept !== undefined && { sourceKept }) };
}

async function addToKey(
  { context, names, settings, signal, removed }: FileRun,
  { path, isWalked = false }: FileToAdd,
  { meta, source }: { readonly meta: IngestMeta; readonly source: SourceFile },
): Promise<AddedItem> {
  const { into, onChange } = settings;
  const notRemovedAfter = isWalked ? removed?.lastId : undefined;
  if (into !== "none") {
    const how = { transfer: into, onChange, signal, file: source, notRemovedAfter };
    return toItem(await finalizeSource(context, path, meta, how));
  }
  const about = { meta, settings, names, isNew: source.isNew === true, signal, notRemovedAfter };
  return withSlot(context.slots, () => registerInPlace(context, path, about), { signal });
}

/** What is counted and reported of a file. */
export function toItem(result: IngestResult): AddedItem {
  return { ...result, bytes: result.offered?.bytes ?? result.record.bytes };
}
