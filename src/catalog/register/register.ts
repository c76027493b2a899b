import type {
  DocumentKey,
  DocumentRecord,
  ParsedRegistration,
  ParsedVariant,
  VariantRecord,
} from "../../core/document.ts";
import { quote } from "../../core/messages/quote.ts";
import {
  type Comparison,
  changedVariant,
  compareBytes,
  type OfferedBytes,
  type OnChange,
  type RegisterOutcome,
  type RegisterResult,
  type VariantResult,
} from "../../core/outcome.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import { CatalogError } from "../../errors.ts";
import type { SqlRow, SqlStatement } from "../../ports/sql.ts";
import type { CatalogContext } from "../context.ts";
import type { CanonicalNames } from "../files/canonical-name.ts";
import { selectDocumentByKey } from "../find/find-statements.ts";
import { documentFromRow, variantFromRow } from "../records/rows.ts";
import { selectVariantByKey } from "../variants/variants-statements.ts";
import { type HashOf, learnItemHashes } from "./learn-hashes.ts";
import { forgetUnnamed, listUnnamed, noteItems } from "./note-in-place.ts";
import {
  completeDocument,
  completeVariant,
  insertChangedVariant,
  insertDocument,
  insertVariantByKey,
  type Proof,
  recordReplacement,
  replaceDocument,
} from "./register-statements.ts";
import { findRows, renameKeys, respellRows } from "./respell-rows.ts";
import { ResultReader } from "./result-reader.ts";
import { rewriteOlderKeys } from "./rewrite-older-keys.ts";

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
}

/** What became of a {@link RegisterItem}. */
export interface RegisteredItem {
  /** What happened to its row. */
  readonly outcome: RegisterOutcome;
  /** The key was there with other bytes. */
  readonly contentChanged: boolean;
  /** Nobody could tell whether the bytes are those on record. */
  readonly unverified?: true;
  /** The other bytes, if `contentChanged`. */
  readonly offered?: OfferedBytes;
  /** The row as it is now; of a `created` one only if `records` was asked for. */
  readonly record?: DocumentRecord;
  /** Where the bytes are that the row had before. */
  readonly formerUri?: StorageUri;
  /** The variant that took the other bytes, now or before. */
  readonly changedVariant?: { readonly record: VariantRecord; readonly created: boolean };
  /** One a variant of the item; none where other bytes were kept, as the renderings belong to those not stored. */
  readonly variants: readonly RegisteredVariant[];
}

/** What became of a variant of an item; `record` is missing when it was created. */
export type RegisteredVariant = Omit<VariantResult, "record"> & { readonly record?: VariantRecord };

/** The public answer for an item whose record was read back. */
export function toRegisterResult(item: RegisteredItem): RegisterResult {
  const { record, outcome, contentChanged, unverified, offered, changedVariant } = item;
  if (!record) throw new TypeError("Cannot answer a registration: its record was not read back");
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
export interface RegisterItemsOptions {
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
  /** Read back the rows that were created. @default false */
  readonly records?: boolean | undefined;
  /** Looked at before the batch begins; later it has no effect. */
  readonly signal?: AbortSignal | undefined;
}

/** How often a row may vanish between two batches before it is called a conflict. */
const ATTEMPTS = 5;

/** An item that needs a second look: it, or a variant of it, was there. */
interface Pending {
  readonly index: number;
  readonly item: RegisterItem;
  readonly created: boolean;
  readonly createdVariants: readonly boolean[];
}

/**
 * Registers items in order, each with its variants in one atomic step. A key that comes twice, in the items or in the
 * catalog, is resolved as `onChange` says. Most items are new, so a first batch only inserts; those that were there
 * are looked at in a second.
 */
export async function registerItems(
  context: CatalogContext,
  items: readonly RegisterItem[],
  options: RegisterItemsOptions,
): Promise<readonly RegisteredItem[]> {
  await context.root?.enterFor(placesOf(items));
  await rewriteOlderKeys(
    context,
    items.map(({ given }) => given),
  );
  await renameKeys(context, items, options.now);
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
  return done as RegisteredItem[];
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
    const { registration, variants, facts = [] } = items[index] as RegisterItem;
    statements.push(insertDocument(registration, options.now));
    for (const variant of variants) statements.push(insertVariantByKey(registration, variant, options));
    statements.push(...facts);
    if (options.records) statements.push(selectDocumentByKey(registration));
  }
  if (options.inPlace !== undefined)
    statements.push(
      ...noteItems(
        open.map((index) => items[index] as RegisterItem),
        options,
      ),
    );
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
  return pending;
}

function createdItem(item: RegisterItem, row: SqlRow | undefined): RegisteredItem {
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
  for (const each of pending) {
    const resolved = readPending(each, results, options);
    const { item, index } = each;
    // The row may have vanished, or have been compared by a text that it should not have.
    if (resolved === undefined || (await respellRows(context, [{ item, ...resolved }], options))) again.push(index);
    else done[index] = resolved;
    if (options.inPlace !== undefined) unnamed.push(...listUnnamed(item, resolved));
  }
  await forgetUnnamed(context, unnamed);
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
    learned.push({ ...each, item: await learnItemHashes(context, each.item, options) });
  }
  return learned;
}

function statementsFor({ item }: Pending, options: RegisterItemsOptions): SqlStatement[] {
  const { registration, variants, facts = [] } = item;
  const { onChange } = options;
  const statements = [selectDocumentByKey(registration), completeDocument(registration, options)];
  if (onChange === "replace") {
    statements.push(recordReplacement(registration, options), replaceDocument(registration, options));
    for (const variant of variants) statements.push(insertVariantByKey(registration, variant, options));
  } else if (onChange === "variant") {
    const changed = changedVariant(registration);
    statements.push(
      insertChangedVariant(registration, changed, options),
      selectVariantByKey(registration, changed.variant),
    );
  }
  statements.push(selectDocumentByKey(registration));
  for (const variant of variants) {
    statements.push(
      selectVariantByKey(registration, variant.variant),
      completeVariant(registration, variant, options),
      selectVariantByKey(registration, variant.variant),
    );
  }
  statements.push(...facts);
  return statements;
}

/** What a second look found, beside the row itself. */
interface SecondLook {
  /** The row as it was found. */
  readonly before: SqlRow | undefined;
  readonly completed: boolean;
  readonly replaced: boolean;
  readonly createdVariants: readonly boolean[];
  readonly changedVariant: { readonly record: VariantRecord; readonly created: boolean } | undefined;
}

/** Reads the results of {@link statementsFor} up to the row. */
function readSecondLook(pending: Pending, results: ResultReader, { onChange }: RegisterItemsOptions): SecondLook {
  const { createdVariants } = pending;
  const before = results.row();
  const look = { before, completed: results.changed(), replaced: false, createdVariants, changedVariant: undefined };
  if (onChange === "replace") {
    results.changed();
    const replaced = results.changed();
    return { ...look, replaced, createdVariants: createdVariants.map((created) => results.changed() || created) };
  }
  if (onChange === "variant") {
    const created = results.changed();
    const row = results.row();
    return { ...look, changedVariant: row && { record: variantFromRow(row), created } };
  }
  return look;
}

/** Reads what {@link statementsFor} did, result by result; `undefined` if the row is gone. */
function readPending(
  pending: Pending,
  results: ResultReader,
  options: RegisterItemsOptions,
): RegisteredItem | undefined {
  const { registration, variants } = pending.item;
  const look = readSecondLook(pending, results, options);
  const row = results.row();
  const variantRows = variants.map(() => {
    const before = results.row();
    results.changed();
    return { before, after: results.row() };
  });
  results.skip(pending.item.facts ?? []);
  if (!row || !look.before) return undefined;
  const record = documentFromRow(row);
  const { outcome, contentChanged, comparison } = judge({ pending, look, options });
  return {
    outcome,
    contentChanged,
    ...(comparison === "unknown" && { unverified: true }),
    ...(contentChanged && { offered: { sha256: registration.sha256, bytes: registration.bytes } }),
    record,
    ...(look.replaced && { formerUri: documentFromRow(look.before).storageUri }),
    ...(outcome === "variant" && look.changedVariant && { changedVariant: look.changedVariant }),
    variants:
      outcome === "kept" || outcome === "variant"
        ? []
        : variants.map((variant, at) =>
            variantResult(variant, { ...variantRows[at], created: look.createdVariants[at] ?? false, options }),
          ),
  };
}

function judge(facts: { pending: Pending; look: SecondLook; options: RegisterItemsOptions }): {
  readonly outcome: RegisterOutcome;
  readonly contentChanged: boolean;
  readonly comparison: Comparison;
} {
  const { pending, look, options } = facts;
  const { registration } = pending.item;
  if (pending.created || look.before === undefined) {
    return { outcome: "created", contentChanged: false, comparison: "same" };
  }
  const before = documentFromRow(look.before);
  const comparison = compareBytes(before, registration);
  if (look.replaced) return { outcome: "replaced", contentChanged: true, comparison };
  if (isProven(before, registration, options)) {
    return { outcome: look.completed ? "completed" : "found", contentChanged: false, comparison };
  }
  const { changedVariant: filed } = look;
  if (filed !== undefined && isProven(filed.record, registration, options)) {
    return { outcome: "variant", contentChanged: true, comparison };
  }
  const isReported = comparison === "other" || options.onChange === "variant" || options.reportsUnproven !== false;
  return { outcome: isReported ? "kept" : "found", contentChanged: isReported, comparison };
}

/** Whether the bytes of a row are proven to be those offered. */
function isProven(
  record: OfferedBytes & { readonly storageUri: string },
  offered: OfferedBytes & { readonly storageUri: string },
  { proof }: Pick<RegisterItemsOptions, "proof">,
): boolean {
  const comparison = compareBytes(record, offered);
  if (comparison !== "unknown") return comparison === "same";
  return proof === "place" && record.storageUri === offered.storageUri;
}

function variantResult(
  variant: ParsedVariant,
  found: {
    readonly before?: SqlRow | undefined;
    readonly after?: SqlRow | undefined;
    readonly created: boolean;
    readonly options: RegisterItemsOptions;
  },
): RegisteredVariant {
  const { before, after, created, options } = found;
  const record = after && variantFromRow(after);
  const kept = !created && before !== undefined && !isProven(variantFromRow(before), variant, options);
  return {
    outcome: created ? "created" : kept ? "kept" : "found",
    contentChanged: kept,
    ...(record && { record }),
    ...(kept && { offered: { sha256: variant.sha256, bytes: variant.bytes } }),
  };
}

function vanishing(item: RegisterItem): CatalogError {
  const reason = "the row was removed by others each time it was looked at";
  const message = `Cannot register ${quote(item.registration.artifactId)}: ${reason}`;
  return new CatalogError("CONFLICT", message, { details: { reason }, hint: "Try again when nobody removes it." });
}
