import type {
  DocumentKey,
  DocumentRecord,
  ParsedRegistration,
  ParsedVariant,
  VariantRecord,
} from "../../core/document.ts";
import { quote } from "../../core/messages/quote.ts";
import type { OfferedBytes, OnChange, RegisterOutcome, RegisterResult, VariantResult } from "../../core/outcome.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import { CatalogError } from "../../errors.ts";
import type { SqlRow, SqlStatement } from "../../ports/sql.ts";
import type { CatalogContext } from "../context.ts";
import type { CanonicalNames } from "../files/canonical-name.ts";
import { selectDocumentByKey } from "../find/find-statements.ts";
import type { Lease } from "../leases/lease.ts";
import type { RootNames } from "../origins/origin-statements.ts";
import { notePins } from "../pins/note-pins.ts";
import type { Pin } from "../pins/pin.ts";
import { pinnedError } from "../pins/pinned-error.ts";
import { documentFromRow } from "../records/rows.ts";
import { noteRegistered } from "../telemetry/note-registered.ts";
import { markTakenBack, takeBackStatements } from "../tombstones/take-back.ts";
import { type HashOf, learnItemHashes } from "./learn-hashes.ts";
import { forgetUnnamed, formerOf, listUnnamed, noteItems } from "./note-in-place.ts";
import { insertDocument, type Proof } from "./register-statements.ts";
import { findRows, renameKeys, respellRows } from "./respell-rows.ts";
import { ResultReader } from "./result-reader.ts";
import { rewriteOlderKeys } from "./rewrite-older-keys.ts";
import { insertVariants, type Pending, readPending, statementsFor } from "./second-look.ts";

/** A document to register, and its other renderings. */
export interface RegisterItem {
  /** The key as it was given, where it has secrets. */
  readonly given?: DocumentKey | undefined;
  /** The key that a catalog of before has, where that is another one. */
  readonly former?: DocumentKey | undefined;
  /** The document, checked. */
  readonly registration: ParsedRegistration;
  /** The renderings, checked; they belong to the bytes of this document. */
  readonly variants: readonly ParsedVariant[];
  /** What is true as soon as the row is there, and stands in one batch with it; doing it twice changes nothing. */
  readonly facts?: readonly SqlStatement[] | undefined;
  /** What is known about the place of the bytes. @default nothing */
  readonly place?: RegisterPlace | undefined;
  /** The same, one a variant. @default nothing */
  readonly variantPlaces?: readonly RegisterPlace[] | undefined;
}

/** What is known about the place of bytes that are registered. */
export interface RegisterPlace {
  /** Nothing is registered without it; see `registerLeased`. @default it is registered anyway */
  readonly lease?: Lease | undefined;
  /** Where the row that has these bytes says they are, while they are not: it takes the new place. @default nowhere */
  readonly lost?: StorageUri | undefined;
}

/** What became of a {@link RegisterItem}. */
export interface RegisteredItem {
  /** What happened to its row. */
  readonly outcome: RegisterOutcome;
  /** The key was there with other bytes. */
  readonly contentChanged: boolean;
  /** Nobody could tell whether the bytes are those on record. */
  readonly unverified?: true;
  /** Its row was removed on purpose at this moment, and did not come back: see `RegisterItemsOptions.removedAfter`. */
  readonly removedMeanwhile?: true;
  /** The other bytes, if `contentChanged`. */
  readonly offered?: OfferedBytes;
  /** The row as it is now; of a `created` one only if `records` was asked for. */
  readonly record?: DocumentRecord;
  /** Where the bytes are that the row had before. */
  readonly formerUri?: StorageUri;
  /** The row was to take the other bytes, and kept its own: this holds them. */
  readonly pin?: Pin;
  /** The variant that took the other bytes, now or before. */
  readonly changedVariant?: { readonly record: VariantRecord; readonly created: boolean };
  /** One a variant of the item; none where other bytes were kept, as the renderings belong to those not stored. */
  readonly variants: readonly RegisteredVariant[];
}

/** What became of a variant of an item; `record` is missing when it was created. */
export type RegisteredVariant = Omit<VariantResult, "record"> & { readonly record?: VariantRecord };

/**
 * The public answer for an item whose record was read back.
 * @throws {CatalogError} REFUSED (`pinned`) when the row was to take other bytes, and a pin holds what it has
 */
export function toRegisterResult(item: RegisteredItem): RegisterResult {
  const { record, outcome, contentChanged, unverified, offered, changedVariant, pin } = item;
  if (!record) throw new TypeError("Cannot answer a registration: its record was not read back");
  if (pin !== undefined) throw pinnedError(`replace the bytes of document ${record.id}`, pin);
  return {
    record,
    outcome,
    contentChanged,
    ...(unverified && { unverified }),
    ...(offered && { offered }),
    ...(changedVariant && { variant: changedVariant.record }),
  };
}

/** Options of {@link registerItems}. */
export interface RegisterItemsOptions extends RootNames {
  /** What is done when a key comes again with other bytes. */
  readonly onChange: OnChange;
  /** What counts as proof that bytes are the same. */
  readonly proof: Proof;
  /** Whether bytes that are not proven to be the same are called changed when the row keeps its own. @default true */
  readonly reportsUnproven?: boolean | undefined;
  /** Reads what is at a place to compare it. @default nothing is read */
  readonly hashOf?: HashOf | undefined;
  /** Of which files it is written down that they lie where they are registered. @default none */
  readonly inPlace?: "all" | "root" | undefined;
  /** Tells that a row of before means the place of an item by another text. @default texts are compared */
  readonly names?: CanonicalNames | undefined;
  /** See `BatchOptions.durable`. */
  readonly durable: boolean;
  /** See `BatchOptions.expectedRows`. */
  readonly expectedRows?: number | undefined;
  /** The time of the rows that are made or changed. */
  readonly now: Timestamp;
  /**
   * The last tombstone that was known when items were left out that had been removed on purpose: rows for which there is
   * a later one are not made. @default they are made all the same
   */
  readonly removedAfter?: number | undefined;
  /** Read back the rows that were created. @default false */
  readonly records?: boolean | undefined;
  /** Looked at before the batch begins; later it has no effect. */
  readonly signal?: AbortSignal | undefined;
}

/** How often a row may vanish between two batches before it is called a conflict. */
const ATTEMPTS = 5;

/**
 * Registers items in order, each with its variants in one atomic step. A key that comes twice, in the items or in the
 * catalog, is resolved as `onChange` says. Most items are new, so a first batch only inserts; those that were there
 * are looked at in a second.
 */
export async function registerItems(
  context: CatalogContext,
  items: readonly RegisterItem[],
  given: RegisterItemsOptions,
): Promise<readonly RegisteredItem[]> {
  const options = { ...given, casStart: context.root?.casStart };
  await beginRegistering(context, items, options);
  const done: (RegisteredItem | undefined)[] = items.map(() => undefined);
  let open: number[] = items.map((_, index) => index);
  for (let attempt = 0; open.length > 0; attempt++) {
    if (attempt === ATTEMPTS) throw vanishing(items[open[0] as number] as RegisterItem);
    const found = await insertNew(context, { items, open, done, options });
    const pending = options.hashOf === undefined ? found : await learnHashes(context, found, options);
    // With the others this would be too late.
    if (options.onChange !== "keep") await respellRows(context, await findRows(context, pending), options);
    open = await resolvePending(context, { pending, done, options });
  }
  noteRegistered(context, items, done);
  return (await notePins(context, done, options)) as RegisteredItem[];
}

/** What comes before any statement about the items: the catalog is entered in its root, and keys of before become those of today. */
export async function beginRegistering(
  context: CatalogContext,
  items: readonly RegisterItem[],
  { now }: Pick<RegisterItemsOptions, "now">,
): Promise<void> {
  await context.root?.enterFor(placesOf(items));
  await rewriteOlderKeys(
    context,
    items.map(({ given }) => given),
  );
  await renameKeys(context, items, now);
}

function* placesOf(items: readonly RegisterItem[]): Generator<string> {
  for (const { registration, variants } of items) {
    yield registration.storageUri;
    for (const { storageUri } of variants) yield storageUri;
  }
}

/** Inserts the open items and notes those that were new. */
async function insertNew(
  context: CatalogContext,
  round: {
    items: readonly RegisterItem[];
    open: readonly number[];
    done: (RegisteredItem | undefined)[];
    options: RegisterItemsOptions;
  },
): Promise<Pending[]> {
  const { items, open, done, options } = round;
  const statements: SqlStatement[] = [];
  for (const index of open) {
    const item = items[index] as RegisterItem;
    const { registration, facts = [] } = item;
    statements.push(insertDocument(registration, options), ...insertVariants(item, options), ...facts);
    if (options.records) statements.push(selectDocumentByKey(registration));
  }
  const takeBack = takeBackStatements(options);
  statements.push(...takeBack);
  const opened = open.map((index) => items[index] as RegisterItem);
  if (options.inPlace !== undefined) statements.push(...noteItems(opened, options));
  const results = new ResultReader(await context.sql.batch(statements, options));
  const pending: Pending[] = [];
  for (const index of open) {
    const item = items[index] as RegisterItem;
    const created = results.changed();
    const createdVariants = item.variants.map(() => results.changed());
    results.skip(item.facts ?? []);
    const row = options.records ? results.row() : undefined;
    const stays = created && (row !== undefined || !options.records);
    if (stays && createdVariants.every(Boolean)) done[index] = createdItem(item, row);
    else pending.push({ index, item, created, createdVariants });
  }
  const inserted = open.map((index) => done[index]);
  for (const [at, each] of markTakenBack(opened, inserted, results.rows(takeBack)).entries()) {
    done[open[at] as number] = each;
  }
  return pending;
}

/** What became of an item of which everything was new. */
export function createdItem(item: RegisterItem, row: SqlRow | undefined): RegisteredItem {
  const variants = item.variants.map(() => ({ outcome: "created", contentChanged: false }) as const);
  return { outcome: "created", contentChanged: false, ...(row && { record: documentFromRow(row) }), variants };
}

/** Looks at the items that were there and does what `onChange` says; gives those that are to be tried again. */
async function resolvePending(
  context: CatalogContext,
  round: { pending: readonly Pending[]; done: (RegisteredItem | undefined)[]; options: RegisterItemsOptions },
): Promise<number[]> {
  const { pending, done, options } = round;
  if (pending.length === 0) return [];
  const statements = pending.flatMap((each) => statementsFor(each, options));
  const results = new ResultReader(await context.sql.batch(statements, options));
  const again: number[] = [];
  const unnamed: StorageUri[] = [];
  const former: StorageUri[] = [];
  for (const each of pending) {
    const resolved = readPending(each, results, options);
    const { item, index } = each;
    // The row may have vanished, or have been compared by a text that it should not have.
    if (resolved === undefined || (await respellRows(context, [{ item, ...resolved }], options))) again.push(index);
    else done[index] = resolved;
    if (options.inPlace !== undefined) unnamed.push(...listUnnamed(item, resolved));
    former.push(...formerOf(resolved));
  }
  await forgetUnnamed(context, { unnamed, former }, options);
  return again;
}

/** Completes the hashes of the items, and of the rows that they met, as far as they are needed to compare them. */
async function learnHashes(
  context: CatalogContext,
  pending: readonly Pending[],
  options: RegisterItemsOptions,
): Promise<readonly Pending[]> {
  const learned: Pending[] = [];
  for (const each of pending) {
    learned.push({ ...each, item: { ...each.item, ...(await learnItemHashes(context, each.item, options)) } });
  }
  return learned;
}

function vanishing(item: RegisterItem): CatalogError {
  const reason = "the row was removed by others each time it was looked at";
  const message = `Cannot register ${quote(item.registration.artifactId)}: ${reason}`;
  return new CatalogError("CONFLICT", message, { details: { reason }, hint: "Try again when nobody removes it." });
}
