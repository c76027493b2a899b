import type { DocumentKey, DocumentRecord } from "../../core/document.ts";
import { inChunks } from "../../core/in-chunks.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { documentFromRow } from "../records/rows.ts";
import { selectDocumentsByKeys } from "./find-statements.ts";

/** So many are looked up at once: a look-up each costs twice as much. */
const KEYS = 50;

/** Documents by their keys. */
export class DocumentsByKey {
  readonly #records = new Map<string, DocumentRecord>();

  /** Has none yet. */
  constructor(records: Iterable<DocumentRecord>) {
    for (const record of records) this.#records.set(textOf(record), record);
  }

  /** The document with a key. */
  get(key: DocumentKey): DocumentRecord | undefined {
    return this.#records.get(textOf(key));
  }
}

/** Looks up the documents with some keys. */
export async function findByKeys(sql: SqlEngine, keys: readonly DocumentKey[]): Promise<DocumentsByKey> {
  const records: DocumentRecord[] = [];
  for (const some of inChunks(keys, KEYS)) {
    for (const row of await sql.query(selectDocumentsByKeys(some), { byKey: true })) records.push(documentFromRow(row));
  }
  return new DocumentsByKey(records);
}

/** Two keys that are equal give the same text. */
export function textOf({ artifactId, sourceUrl, resolver }: DocumentKey): string {
  return JSON.stringify([artifactId, sourceUrl, resolver]);
}
