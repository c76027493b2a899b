import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import type { Sha256Prefix } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import { findPins } from "../pins/find-pins.ts";
import { pinFromRow } from "../pins/pin.ts";
import { selectPinsByHash, selectPinsOfBlob } from "../pins/pin-rows-statements.ts";
import type { PinFact } from "./explanation.ts";
import type { AskedCatalog } from "./places-of-members.ts";

/** Catalogs with an older schema have no pins. */
const SCHEMA_WITH_PINS = 5;

/** A place whose pins are asked for. */
export interface PinnedPlace {
  /** As it is stored from now on. */
  readonly uri: StorageUri;
  /** What its bytes hash to, by any record. */
  readonly hashes: readonly string[];
  /** Documents of the catalog that is asked which name it. */
  readonly documents: readonly DocumentRecord[];
  /** Variants of the same. */
  readonly variants: readonly VariantRecord[];
}

/** The pins that hold a place: on it, on its bytes, and on the rows of this catalog that name it. */
export async function findPinsOf(
  { sql, catalogs }: { readonly sql: SqlEngine; readonly catalogs: readonly AskedCatalog[] },
  { uri, hashes, documents, variants }: PinnedPlace,
): Promise<readonly PinFact[]> {
  const pins: PinFact[] = [];
  const ids = new Set([...documents.map(({ id }) => id), ...variants.map(({ documentId }) => documentId)]);
  for (const ofRow of (await findPins(sql, [...ids])).values()) {
    // The others are found by what they are on: also those on another variant, which do not hold this place.
    const onRow = ofRow.filter(({ kind }) => kind === "document" || kind === "artifact");
    pins.push(...onRow.map((pin) => ({ ...pin, catalogId: null })));
  }
  for (const { id, sql: asked, schemaVersion, texts } of catalogs) {
    if (schemaVersion < SCHEMA_WITH_PINS) continue;
    const rows = await asked.query(selectPinsOfBlob(texts.get(uri) ?? [], hashes), { fresh: true });
    pins.push(...rows.map((row) => ({ ...pinFromRow(row), catalogId: id })));
  }
  return distinctPins(pins);
}

/** The pins of this catalog on hashes that begin so: also where no bytes with them are known. */
export async function findPinsByHash(
  sql: SqlEngine,
  hash: Sha256Prefix | undefined,
  options: CallOptions,
): Promise<readonly PinFact[]> {
  if (hash === undefined) return [];
  return (await sql.query(selectPinsByHash(hash), options)).map((row) => ({ ...pinFromRow(row), catalogId: null }));
}

/** Pins in their order, each once. */
export function distinctPins(pins: readonly PinFact[]): readonly PinFact[] {
  return [...new Map(pins.map((pin) => [`${pin.catalogId} ${pin.kind} ${pin.target}`, pin])).values()];
}
