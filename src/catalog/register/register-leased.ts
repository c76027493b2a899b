import { changedVariant, type OnChange } from "../../core/outcome.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import type { CatalogContext } from "../context.ts";
import { findByKeys, textOf } from "../find/find-by-keys.ts";
import { selectDocumentByKey } from "../find/find-statements.ts";
import type { Lease } from "../leases/lease.ts";
import { type Condition, deleteLeases, unlessDocument, unlessVariant } from "../leases/lease-statements.ts";
import { notePins } from "../pins/note-pins.ts";
import { noteRegistered } from "../telemetry/note-registered.ts";
import { markTakenBack, takeBackStatements } from "../tombstones/take-back.ts";
import { learnItemHashes } from "./learn-hashes.ts";
import { forgetUnnamed, formerOf, listUnnamed, noteItems } from "./note-in-place.ts";
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

/** A lease, and what is recorded when it ends. */
interface EndingLease {
  readonly lease: Lease;
  readonly id: string;
  readonly records: readonly SqlStatement[];
}

/**
 * Registers items as `registerItems` does, each in one batch with the end of its leases: the row, and the new place of a
 * row whose bytes were lost, come with all leases of the item or not at all. Gives `undefined` for an item that has to
 * start again from acquiring its leases, as one of them was gone, or as others were faster.
 */
export async function registerLeased(
  context: CatalogContext,
  items: readonly RegisterItem[],
  given: RegisterItemsOptions,
): Promise<readonly (RegisteredItem | undefined)[]> {
  const options = { ...given, casStart: context.root?.casStart };
  await beginRegistering(context, items, options);
  const prepared = await prepareAll(context, items, options);
  // Several items may have one lease, as they name one file; it ends behind the last of them.
  const endings = new Map(prepared.flatMap(({ leases }) => leases.map((each) => [each.id, each])));
  const rows = prepared.flatMap((each) => itemStatements(each, options));
  const notes = options.inPlace === undefined ? [] : noteItems(items, options);
  const records = [...endings.values()].flatMap((each) => each.records);
  const ends = deleteLeases([...endings.keys()]);
  const takeBack = takeBackStatements(options);
  const batch = [...rows, ...takeBack, ...notes, ...records, ...ends];
  const results = new ResultReader(await context.sql.batch(batch, options));
  for (const { lease } of endings.values()) lease.end();
  const made = prepared.map((each) => readItem(each, results, options));
  const registered = markTakenBack(items, made, results.rows(takeBack));
  results.skip([...notes, ...records]);
  const ended = new Set(results.rows(ends).map(([id]) => id));
  const done = registered.map((each, at) => {
    const isWhole = prepared[at]?.leases.every(({ id }) => ended.has(id));
    return isWhole === true ? each : undefined;
  });
  const followed = await followUp(context, { prepared, done, options });
  noteRegistered(context, items, followed);
  return notePins(context, followed, options);
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
  const former: StorageUri[] = [];
  for (const [at, { item, isNew }] of prepared.entries()) {
    const each = done[at];
    if (isNew && each !== undefined && each.removedMeanwhile !== true) {
      results.push(each);
      continue;
    }
    if (options.inPlace !== undefined) unnamed.push(...listUnnamed(item, each));
    former.push(...formerOf(each));
    const isRespelt = each !== undefined && (await respellRows(context, [{ item, ...each }], options));
    results.push(isRespelt ? undefined : each);
  }
  await forgetUnnamed(context, { unnamed, former }, options);
  return results;
}

async function prepareAll(
  context: CatalogContext,
  items: readonly RegisterItem[],
  options: RegisterItemsOptions,
): Promise<readonly Prepared[]> {
  const keys = items.map(({ registration }) => registration);
  const known = await findByKeys(context.sql, keys);
  const before = new Set<string>();
  const prepared: Prepared[] = [];
  for (const item of items) {
    const key = textOf(item.registration);
    // Renderings are looked at in any case: two of them may have one name.
    const isNew = item.variants.length === 0 && !before.has(key) && known.get(item.registration) === undefined;
    before.add(key);
    prepared.push(await prepare(context, { item, isNew }, options));
  }
  return prepared;
}

async function prepare(
  context: CatalogContext,
  { item: given, isNew }: Pick<Prepared, "item" | "isNew">,
  options: RegisterItemsOptions,
): Promise<Prepared> {
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
    if (lease?.id === undefined) return;
    // All that end in the batch are deleted together.
    const records = lease.ending(isCertain ? undefined : unless).slice(0, -1);
    endings.push({ lease, id: lease.id, records });
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
