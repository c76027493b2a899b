import type { ParsedVariant, VariantRecord } from "../../core/document.ts";
import {
  type Comparison,
  changedVariant,
  compareBytes,
  type OfferedBytes,
  type RegisterOutcome,
} from "../../core/outcome.ts";
import type { SqlRow, SqlStatement } from "../../ports/sql.ts";
import { selectDocumentByKey } from "../find/find-statements.ts";
import { LEAVING_LOST, leaveLost } from "../ledger/row-changes.ts";
import { documentFromRow, variantFromRow } from "../records/rows.ts";
import { selectVariantByKey } from "../variants/variants-statements.ts";
import type { RegisteredItem, RegisteredVariant, RegisterItem, RegisterItemsOptions } from "./register.ts";
import {
  completeDocument,
  completeVariant,
  forgetReplaced,
  forgetUnhashed,
  forgetUnhashedVariant,
  givesHash,
  insertChangedVariant,
  insertVariantByKey,
  type LostPlace,
  recordReplacement,
  replaceDocument,
  repointDocument,
  repointVariant,
} from "./register-statements.ts";
import type { ResultReader } from "./result-reader.ts";

/** An item that needs a second look: it, or a variant of it, was there. */
export interface Pending {
  /** Its place among the items. */
  readonly index: number;
  /** What is to be registered. */
  readonly item: RegisterItem;
  /** Whether its row was made. */
  readonly created: boolean;
  /** The same, one a variant. */
  readonly createdVariants: readonly boolean[];
}

/** Completes what an item met, and does what `onChange` says: read by {@link readPending}. */
export function statementsFor({ item }: Pick<Pending, "item">, options: RegisterItemsOptions): SqlStatement[] {
  const { registration, variants, place, facts = [] } = item;
  const { onChange } = options;
  const leased = { ...options, lease: place?.lease?.id };
  const lost = place?.lost && { ...leased, lost: place.lost };
  const unhashed = givesHash(registration, options.proof) ? [forgetUnhashed(registration, leased)] : [];
  const statements = [selectDocumentByKey(registration), ...unhashed, completeDocument(registration, leased)];
  if (onChange === "replace") {
    statements.push(recordReplacement(registration, leased), forgetReplaced(registration, leased));
    statements.push(replaceDocument(registration, leased));
    statements.push(...insertVariants(item, options));
  } else if (onChange === "variant") {
    const changed = changedVariant(registration);
    statements.push(insertChangedVariant(registration, changed, leased));
    if (lost) statements.push(repointVariant(registration, changed, lost));
    statements.push(selectVariantByKey(registration, changed.variant));
  }
  if (lost) statements.push(repointDocument(registration, lost));
  if (lost) statements.push(...leaveLost(lost.lost, registration.storageUri, options.now));
  statements.push(selectDocumentByKey(registration));
  for (const [at, variant] of variants.entries()) {
    const { lease, lost: from } = item.variantPlaces?.[at] ?? {};
    const about = { ...options, lease: lease?.id };
    statements.push(
      selectVariantByKey(registration, variant.variant),
      ...(givesHash(variant, options.proof) ? [forgetUnhashedVariant(registration, variant, about)] : []),
      completeVariant(registration, variant, about),
      ...(from === undefined ? [] : leaveByVariant(item, { variant, about: { ...about, lost: from } })),
      selectVariantByKey(registration, variant.variant),
    );
  }
  statements.push(...facts);
  return statements;
}

/** A variant names where its bytes are now. */
function leaveByVariant(
  { registration }: RegisterItem,
  { variant, about }: { readonly variant: ParsedVariant; readonly about: LostPlace },
): readonly SqlStatement[] {
  return [repointVariant(registration, variant, about), ...leaveLost(about.lost, variant.storageUri, about.now)];
}

/** One a variant of an item. */
export function insertVariants(item: RegisterItem, options: RegisterItemsOptions): SqlStatement[] {
  return item.variants.map((variant, at) =>
    insertVariantByKey(item.registration, variant, { ...options, lease: item.variantPlaces?.[at]?.lease?.id }),
  );
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
function readSecondLook(pending: Pending, results: ResultReader, options: RegisterItemsOptions): SecondLook {
  const { onChange, proof } = options;
  const { createdVariants, item } = pending;
  const before = results.row();
  if (givesHash(item.registration, proof)) results.pass(1);
  const look = { before, completed: results.changed(), replaced: false, createdVariants, changedVariant: undefined };
  if (onChange === "replace") {
    results.pass(2);
    const replaced = results.changed();
    return { ...look, replaced, createdVariants: createdVariants.map((created) => results.changed() || created) };
  }
  if (onChange === "variant") {
    const created = results.changed();
    if (item.place?.lost !== undefined) results.pass(1);
    const row = results.row();
    return { ...look, changedVariant: row && { record: variantFromRow(row), created } };
  }
  return look;
}

/** Reads what {@link statementsFor} did, result by result; `undefined` if the row is gone. */
export function readPending(
  pending: Pending,
  results: ResultReader,
  options: RegisterItemsOptions,
): RegisteredItem | undefined {
  const { registration, variants, place, variantPlaces } = pending.item;
  const look = readSecondLook(pending, results, options);
  if (place?.lost !== undefined) results.pass(1 + LEAVING_LOST);
  const row = results.row();
  const variantRows = variants.map((variant, at) => {
    const before = results.row();
    if (givesHash(variant, options.proof)) results.pass(1);
    results.pass(variantPlaces?.[at]?.lost === undefined ? 1 : 2 + LEAVING_LOST);
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
  const isReported = comparison === "other" || options.onChange !== "keep" || options.reportsUnproven !== false;
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
