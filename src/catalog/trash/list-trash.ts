import type { StorageUri } from "../../core/storage-uri.ts";
import type { BlobStore, TakenBlob } from "../../ports/blob-store.ts";
import type { ProcessTable } from "../../ports/process.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import { selectTrashAt } from "./trash-statements.ts";
import { describeTaken, type TrashedBlob, type TrashLine, trashLineFromRow } from "./trashed-blob.ts";

/** What {@link listTrash} works with. */
export interface TrashContext {
  /** Whose table says why something is in the trash, and until when. */
  readonly sql: SqlEngine;
  /** Which of those who took something are gone. */
  readonly processes: ProcessTable;
}

/** What lies in the trash of a root, in no order: what is on record, and what is not. Nothing lies there without a store. */
export async function* listTrash(
  context: TrashContext,
  store: BlobStore | undefined,
  { signal }: CallOptions = {},
): AsyncGenerator<TrashedBlob, void, undefined> {
  if (store === undefined || !store.capabilities.take) return;
  for await (const page of store.listTaken()) {
    signal?.throwIfAborted();
    const lines = await findTrashLines(
      context.sql,
      page.map(({ key }) => store.uriOf(key)),
      { signal },
    );
    for (const taken of page) yield describeTaken({ ...context, store }, taken, lineOf(lines, store, taken));
  }
}

/** What the table says about names, by name and run. */
export type TrashLines = ReadonlyMap<string, ReadonlyMap<string, TrashLine>>;

/** So many names are looked up at once. */
const URIS = 100;

/** Looks up what the table says about names. */
export async function findTrashLines(
  sql: SqlEngine,
  uris: readonly StorageUri[],
  options: CallOptions = {},
): Promise<TrashLines> {
  const lines = new Map<string, Map<string, TrashLine>>();
  const wanted = [...new Set(uris)];
  for (let at = 0; at < wanted.length; at += URIS) {
    for (const row of await sql.query(selectTrashAt(wanted.slice(at, at + URIS)), options)) {
      const line = trashLineFromRow(row);
      lines.set(line.uri, (lines.get(line.uri) ?? new Map()).set(line.run, line));
    }
  }
  return lines;
}

/** What the table says about a blob. */
export function lineOf(lines: TrashLines, store: BlobStore, { key, run }: TakenBlob): TrashLine | undefined {
  return lines.get(store.uriOf(key))?.get(run);
}
