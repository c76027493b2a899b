import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { CanonicalNames, NamedPlace } from "../files/canonical-name.ts";
import { listUnnotedNames } from "../sources/older-names.ts";
import { selectInPlaceTexts } from "./find-statements.ts";

/** What {@link findPlaceTexts} works with. */
export interface PlaceTextsContext {
  /** Whose rows name the places. */
  readonly sql: SqlEngine;
  /** Tells which place a text means. */
  readonly names: CanonicalNames;
}

/** The texts by which rows of a catalog name places, by the canonical one, which is always among them. */
export type PlaceTexts = ReadonlyMap<StorageUri, ReadonlySet<string>>;

/**
 * Finds the texts by which rows name places. Nearly all have the canonical one; rows of before, and of other tools, may
 * have any. Those that were noted are found by their path; all others are looked through, in pages.
 */
export async function findPlaceTexts(
  { sql, names }: PlaceTextsContext,
  places: readonly NamedPlace[],
  options: CallOptions = {},
): Promise<PlaceTexts> {
  const texts = new Map<StorageUri, Set<string>>();
  for (const { uri, path } of places) {
    const ofPlace = new Set<string>([uri]);
    texts.set(uri, ofPlace);
    if (path === undefined) continue;
    for (const [text] of await sql.query(selectInPlaceTexts(path), options)) ofPlace.add(String(text));
  }
  if (texts.size === 0) return texts;
  for await (const { uri, text } of listUnnotedNames(sql, names, options)) texts.get(uri)?.add(text);
  return texts;
}
