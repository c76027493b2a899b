import { changedVariant, type OnChange } from "../../core/outcome.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import type { CatalogContext } from "../context.ts";
import { selectDocumentByKey } from "../find/find-statements.ts";
import type { Lease } from "../leases/lease.ts";
import { type Condition, unlessDocument, unlessVariant } from "../leases/lease-statements.ts";
import { learnItemHashes } from "./learn-hashes.ts";
import { forgetUnnamed, listUnnamed, noteItems } from "./note-in-place.ts";
import {
  beginRegistering,
  createdItem,
  type RegisteredItem,
  type RegisterItem,
  type RegisterItemsOptions,
} from "./register.ts";
import { insertDocument } from "./register-statements.ts";
import { findRows, respellRows } from "./respell-rows.ts";
import { ResultReader } from "./result-reader.ts";
import { insertVariants, readPending, statementsFor } from "./second-look.ts";

/** An item, and whether anybody has to look at what is there. */
interface Prepared {
  readonly item: RegisterItem;
  readonly isNew: boolean;
  readonly leases: readonly EndingLease[];
}

/** A lease, and what ends it in the batch. */
interface EndingLease {
  readonly lease: Lease;
  readonly ending: readonly SqlStatement[];
}

/**
 * Registers items as `registerItems` does, each in one batch with the end of its leases: the row, and the new place of a
 * row whose bytes were lost, come with all leases of the item or not at all. Gives `undefined` for an item that has to
 * start again from acquiring its leases, as one of them was gone, or as others were faster.
 */
export async function registerLeased(
  context: CatalogContext,
  items: readonly RegisterItem[],
  options: RegisterItemsOptions,
): Promise<readonly (RegisteredItem | undefined)[]> {
  await beginRegistering(context, items, options);
  const prepared: Prepared[] = [];
  const keys = new Set<string>();
  for (const item of items) prepared.push(await prepare(context, item, { ...options, keys }));
  // Several items may have one lease, as they name one file; it ends behind the last of them.
  const endings = new Map(prepared.flatMap(({ leases }) => leases.map(({ lease, ending }) => [lease, ending])));
  const rows = prepared.flatMap((each) => itemStatements(each, options));
  const notes = options.inPlace === undefined ? [] : noteItems(items, options);
  const statements = [...rows, ...notes, ...[...endings.values()].flat()];
  const results = new ResultReader(await context.sql.batch(statements, options));
  for (const lease of endings.keys()) lease.end();
  const registered = prepared.map((each) => readItem(each, results, options));
  results.skip(notes);
  const gone = new Set<Lease>();
  for (const [lease, ending] of endings) {
    // The last statement that ends it says whether it was there.
    if (ending.map(() => results.changed()).at(-1) !== true) gone.add(lease);
  }
  const done = registered.map((each, at) => {
    const isGone = prepared[at]?.leases.some(({ lease }) => gone.has(lease)) === true;
    return isGone ? undefined : each;
  });
  return followUp(context, { prepared, done, options });
}

/** Items that met rows of before, which had their place by another text, start again; files that no row names are struck out. */
async function followUp(
  context: CatalogContext,
  round: {
    readonly prepared: readonly Prepared[];
    readonly done: readonly (RegisteredItem | undefined)[];
    readonly options: RegisterItemsOptions;
  },
): Promise<readonly (RegisteredItem | undefined)[]> {
  const { prepared, done, options } = round;
  const results: (RegisteredItem | undefined)[] = [];
  const unnamed: StorageUri[] = [];
  for (const [at, { item, isNew }] of prepared.entries()) {
    const each = done[at];
    if (isNew && each !== undefined) {
      results.push(each);
      continue;
    }
    if (options.inPlace !== undefined) unnamed.push(...listUnnamed(item, each));
    const isRespelt = each !== undefined && (await respellRows(context, [{ item, ...each }], options));
    results.push(isRespelt ? undefined : each);
  }
  await forgetUnnamed(context, unnamed);
  return results;
}

async function prepare(
  context: CatalogContext,
  given: RegisterItem,
  options: RegisterItemsOptions & {
    /** Those of the items before it. */
    readonly keys: Set<string>;
  },
): Promise<Prepared> {
  const { sql } = context;
  const { artifactId, sourceUrl, resolver } = given.registration;
  const key = JSON.stringify([artifactId, sourceUrl, resolver]);
  // Renderings are looked at in any case: two of them may have one name.
  const mayBeNew = given.variants.length === 0 && !options.keys.has(key);
  const isNew = mayBeNew && (await sql.query(selectDocumentByKey(given.registration))).length === 0;
  options.keys.add(key);
  const learned = !isNew && options.hashOf !== undefined && (await learnItemHashes(context, given, options));
  const item = { ...given, ...learned };
  // With the others this would be too late.
  if (!isNew && options.onChange !== "keep") await respellRows(context, await findRows(context, [{ item }]), options);
  return { item, isNew, leases: listEndings(item, { isNew, onChange: options.onChange }) };
}

function listEndings(
  { registration, place, variants, variantPlaces = [], facts = [] }: RegisterItem,
  { isNew, onChange }: { readonly isNew: boolean; readonly onChange: OnChange },
): EndingLease[] {
  const endings: EndingLease[] = [];
  const add = (lease: Lease | undefined, unless: Condition): void => {
    // A new row keeps no other bytes; but facts may take it back.
    const isCertain = isNew && facts.length === 0;
    if (lease?.id !== undefined) endings.push({ lease, ending: lease.ending(isCertain ? undefined : unless) });
  };
  const changed = onChange === "variant" ? unlessVariant(registration, changedVariant(registration)) : undefined;
  const named = unlessDocument(registration, registration.storageUri);
  add(place?.lease, changed ? { sql: named.sql + changed.sql, values: [...named.values, ...changed.values] } : named);
  for (const [at, variant] of variants.entries()) add(variantPlaces[at]?.lease, unlessVariant(registration, variant));
  return endings;
}

/** Read by {@link readItem}. */
function itemStatements({ item, isNew }: Prepared, options: RegisterItemsOptions): SqlStatement[] {
  const { registration, place, facts = [] } = item;
  return [
    insertDocument(registration, { ...options, lease: place?.lease?.id, isKnown: !isNew }),
    ...insertVariants(item, options),
    ...facts,
    ...(isNew ? selectNew(item, options) : statementsFor({ item }, options)),
  ];
}

function selectNew({ registration }: RegisterItem, { records }: RegisterItemsOptions): SqlStatement[] {
  return records === true ? [selectDocumentByKey(registration)] : [];
}

function readItem(
  { item, isNew }: Prepared,
  results: ResultReader,
  options: RegisterItemsOptions,
): RegisteredItem | undefined {
  const created = results.changed();
  const createdVariants = item.variants.map(() => results.changed());
  results.skip(item.facts ?? []);
  const pending = { index: 0, item, created, createdVariants };
  const [row] = isNew ? selectNew(item, options).map(() => results.row()) : [];
  const found = isNew ? undefined : readPending(pending, results, options);
  // What facts took back is not there.
  const isThere = row !== undefined || options.records !== true;
  return isNew && created && isThere ? createdItem(item, row) : found;
}
