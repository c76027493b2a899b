import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import type { SqlEngine, SqlStatement } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { CanonicalNames, NamedPlace } from "../files/canonical-name.ts";
import { documentFromRow, variantFromRow } from "../records/rows.ts";
import { findRemovals } from "../removals/find-removals.ts";
import type { RemovalRecord } from "../removals/removal-line.ts";
import {
  selectByHashPrefix,
  selectByPlace,
  selectDocumentById,
  selectDocumentsBy,
  selectDocumentsFrom,
} from "./find-statements.ts";
import { findPlaceTexts } from "./place-texts.ts";
import { parseSoughtThing, type SoughtOptions, type SoughtThing } from "./sought-thing.ts";

/** Options of {@link resolveThing}. */
export interface ResolveOptions extends CallOptions, SoughtOptions {}

/** What {@link resolveThing} works with. */
export interface ResolveContext {
  /** The catalog. */
  readonly sql: SqlEngine;
  /** Tells which place a text means. */
  readonly names: CanonicalNames;
}

/** What a catalog knows by a word. */
export interface ResolvedThing {
  /** The word. */
  readonly sought: SoughtThing;
  /** The places that the word is, whether anything knows them or not. */
  readonly places: readonly NamedPlace[];
  /** Documents that it names, or whose bytes it names, or the file that these came from, by id. */
  readonly documents: readonly DocumentRecord[];
  /** Variants whose bytes it names, by id. */
  readonly variants: readonly VariantRecord[];
  /** What is on record about rows and blobs that it named, in order. */
  readonly removals: readonly RemovalRecord[];
}

/**
 * All that a catalog knows by a word: a row id, artifact id, source URL, hash or the start of one, path or URI. Each that
 * fits counts. Rows that are gone are found, too. Nothing is written.
 * @throws {TypeError} when the word is empty, has a NUL or is not well-formed Unicode
 */
export async function resolveThing(
  context: ResolveContext,
  word: string,
  options: ResolveOptions = {},
): Promise<ResolvedThing> {
  const { sql, names } = context;
  const sought = parseSoughtThing(word, options);
  const places = await locateAll(names, sought);
  const texts = [...(await findPlaceTexts(context, places, options)).values()].flatMap((each) => [...each]);
  const documents = new Map<number, DocumentRecord>();
  const uris = [...new Set([...sought.places, ...places.map(({ uri }) => uri)])];
  const fromFiles = [
    ...uris.map((uri) => selectDocumentsBy("sourceUrl", uri)),
    ...places.flatMap(({ path }) => (path === undefined ? [] : [selectDocumentsFrom(path)])),
  ];
  for (const statement of [...documentLookups(sought, texts), ...fromFiles]) {
    for (const row of await sql.query(statement, options)) {
      const record = documentFromRow(row);
      documents.set(record.id, record);
    }
  }
  const variants = new Map<number, VariantRecord>();
  for (const statement of blobLookups("variants", sought, texts)) {
    for (const row of await sql.query(statement, options)) {
      const record = variantFromRow(row);
      variants.set(record.id, record);
    }
  }
  const about = { ...sought, names: [...new Set([...sought.names, ...uris])], places, texts };
  const removals = await findRemovals(context, about, options);
  return { sought, places, documents: sorted(documents), variants: sorted(variants), removals };
}

/** A path may be a symlink, and mean itself or what is behind it. */
async function locateAll(names: CanonicalNames, { places }: SoughtThing): Promise<readonly NamedPlace[]> {
  const located = new Map<string, NamedPlace>();
  for (const uri of places) {
    for (const follow of [false, true]) {
      const place = await names.locate(uri, { follow });
      located.set(place.uri, place);
    }
  }
  return [...located.values()];
}

function documentLookups(sought: SoughtThing, texts: readonly string[]): readonly SqlStatement[] {
  const { id, names } = sought;
  const [name = "", clean = name] = names;
  return [
    ...(id === undefined ? [] : [selectDocumentById(id)]),
    selectDocumentsBy("artifactId", name, clean),
    selectDocumentsBy("sourceUrl", name, clean),
    ...blobLookups("documents", sought, texts),
  ];
}

function blobLookups(
  table: "documents" | "variants",
  { hash }: SoughtThing,
  texts: readonly string[],
): readonly SqlStatement[] {
  return [
    ...(hash === undefined ? [] : [selectByHashPrefix(table, hash)]),
    ...(texts.length === 0 ? [] : [selectByPlace(table, texts)]),
  ];
}

function sorted<Row extends { readonly id: number }>(rows: ReadonlyMap<number, Row>): readonly Row[] {
  return [...rows.values()].sort((one, other) => one.id - other.id);
}
