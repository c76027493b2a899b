import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import { findLocalPath } from "../../core/naming/canonical-uri.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { FileOfRow } from "../remove/removal-record.ts";
import type { RemovedContent } from "./tombstones-statements.ts";

/** What is known of a document that goes, and of where its bytes and those of its variants lie. */
export interface RowsToForget {
  /** The document. */
  readonly record: DocumentRecord;
  /** Its variants that are not damaged. */
  readonly variants: readonly VariantRecord[];
  /** The files that the bytes came from. */
  readonly files: readonly FileOfRow[];
  /** The real paths of what is registered where it lies, by the text that names it. */
  readonly inPlace: ReadonlyMap<string, string>;
  /** The root, if there is one: what was placed in it is no file of anybody. */
  readonly store: BlobStore | undefined;
}

/**
 * The contents that a document is about to lose, each once: its own, and those of its variants. Of a variant whose size
 * nobody knows there is nothing by which its bytes could be told from new ones.
 */
export function listRemovedContents(rows: RowsToForget): readonly RemovedContent[] {
  const { record, variants } = rows;
  const { artifactId, sourceUrl, resolver } = record;
  const key = { artifactId, sourceUrl, resolver };
  const found = new Map<string, RemovedContent>();
  for (const row of [record, ...variants]) {
    const { sha256, bytes } = row;
    if (bytes === null) continue;
    const text = `${sha256}:${bytes}`;
    const before = found.get(text)?.paths ?? [];
    found.set(text, { key, sha256, bytes, paths: [...new Set([...before, ...listPaths(rows, row)])] });
  }
  return [...found.values()];
}

/** Where files lie, or lay, that have the bytes of a row. */
function listPaths({ files, inPlace, store }: RowsToForget, row: DocumentRecord | VariantRecord): readonly string[] {
  const of = "variant" in row ? row.variant : null;
  const paths = files.filter(({ variant }) => variant === of).map(({ path }) => path);
  const { storageUri } = row;
  const noted = inPlace.get(storageUri);
  if (noted !== undefined) paths.push(noted);
  if (noted !== undefined || store?.findKey(storageUri) === undefined) paths.push(...pathOf(storageUri));
  // Version 0.1 noted the file of a row nowhere else.
  if ("sourceUrl" in row) paths.push(...pathOf(row.sourceUrl as string as StorageUri));
  return paths;
}

function pathOf(uri: StorageUri): readonly string[] {
  const path = findLocalPath(uri);
  return path === undefined ? [] : [path];
}
