import { MAX_SHOWN_NAME, type PlanAction } from "../../core/plan/plan-action.ts";
import { formatPlanAction, MAX_PLAN_LINE_BYTES } from "../../core/plan/plan-lines.ts";
import { completePolicy } from "../../core/retention/complete-policy.ts";
import { MAX_KEEP_COPIES } from "../../core/retention/copy-unit.ts";
import { formatPolicy } from "../../core/retention/format-policy.ts";
import type { CompletePolicy, RetentionDefaults, RetentionPolicy } from "../../core/retention/policy.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import { CatalogError } from "../../errors.ts";
import { endExpiredLeases } from "../leases/end-expired.ts";
import { findCatalogId } from "../meta/catalog-id.ts";
import { endExpiredPins } from "../pins/end-expired-pins.ts";
import { type DecidedRow, type DecidedRows, decideRows } from "./decide/decide-rows.ts";
import type { RetentionContext } from "./retention-context.ts";
import type { RetentionOptions, RetentionPlan } from "./retention-options.ts";

/**
 * Plans which rows a policy drops and which it keeps, each with its reason. Nothing is changed.
 * @throws {CatalogError} REFUSED (`empty policy`) for one that has nothing to go by, and (`all rows`) for one that would
 * drop every row
 * @throws {RangeError} for a number that cannot be, and for rules that contradict each other
 */
export async function planRetention(
  context: RetentionContext,
  policy: RetentionPolicy,
  options: RetentionOptions & { readonly defaults: RetentionDefaults; readonly readOnly: boolean },
): Promise<RetentionPlan> {
  const { signal, onProgress, allowAll = false, defaults } = options;
  const complete = completePolicy(policy, defaults) ?? emptyPolicy();
  const { keepCopies } = complete;
  if (keepCopies > MAX_KEEP_COPIES) {
    throw new RangeError(`Cannot use keepCopies ${keepCopies}: expected a whole number from 0 to ${MAX_KEEP_COPIES}`);
  }
  if (!options.readOnly) await endExpired(context);
  const createdAt = formatTimestamp(context.clock.now());
  const decided = await decideRows(context, complete, { signal, onProgress: (rows) => onProgress?.({ rows }) });
  const { rows, dropped } = decided.summary;
  if (dropped === rows && rows > 0 && !allowAll) throw allRows(rows, complete);
  return describe(context, decided, { createdAt, policy: complete });
}

/** What ends now holds nothing any more. */
export async function endExpired(context: RetentionContext): Promise<void> {
  await endExpiredPins(context);
  await endExpiredLeases(context);
}

function emptyPolicy(): never {
  throw new CatalogError("REFUSED", "Cannot decide what stays: no rule says what is to go, and retention_days is 0", {
    details: { guard: "empty policy" },
    hint: 'Say a rule, like "--older-than 90d", "--keep-last 3" or "--max-total-size 100GiB", or set catalog.retention_days.',
  });
}

function allRows(rows: number, policy: CompletePolicy): CatalogError<"REFUSED"> {
  const all = rows === 1 ? "the only row" : `all ${rows} rows`;
  return new CatalogError(
    "REFUSED",
    `Cannot drop ${all} of the catalog: nothing would stay of "${formatPolicy(policy)}"`,
    {
      details: { guard: "all rows" },
      hint: "If that is what you want, run it again with --allow-all.",
    },
  );
}

async function describe(
  { sql, store }: RetentionContext,
  decided: DecidedRows,
  { createdAt, policy }: { readonly createdAt: RetentionPlan["head"]["createdAt"]; readonly policy: CompletePolicy },
): Promise<RetentionPlan> {
  const { rows, dropped, freedFiles, freedBytes, reasons, unmet, sequence } = decided.summary;
  const { keepCopies } = policy;
  return {
    head: {
      ...{ verb: "retention", catalogId: String(await findCatalogId(sql)), root: store.root, sequence, createdAt },
      retention: { keepCopies, policy: formatPolicy(policy) },
    },
    size: rows,
    bytes: freedBytes,
    actions: async function* actionsOf() {
      for await (const page of decided.rows()) for (const row of page) yield thatFits(actionOf(row));
    },
    report: { rows, dropped, freedFiles, freedBytes, reasons, unmet },
  };
}

function actionOf(decided: DecidedRow): PlanAction {
  const { action, reason, id, artifactId, sourceUrl, resolver, storageUri, bytes, sha256 } = decided;
  const { createdAt = null, updatedAt = null } = decided;
  return {
    action,
    uri: storageUri ?? ("" as StorageUri),
    bytes: bytes ?? 0,
    ...{ since: null, ripeAt: null, modifiedMs: null, identity: null },
    reason,
    row: {
      id,
      artifactId: shown(artifactId),
      sourceUrl: shown(sourceUrl),
      resolver: shown(resolver),
      sha256: sha256 ?? null,
      createdAt,
      updatedAt,
    },
  };
}

/** A text that is shorter fits into a line whatever it has. */
const FITS = 5000;

/** No plan has a line for a row with a place of such a length, which no row may have: it stays, as a damaged one does. */
function thatFits(action: PlanAction): PlanAction {
  const { uri, row } = action;
  if (uri.length <= FITS || row === undefined) return action;
  const line = new TextEncoder().encode(formatPlanAction(action));
  if (line.byteLength < MAX_PLAN_LINE_BYTES) return action;
  return { ...action, action: "keep_row", reason: "damaged", uri: "" as StorageUri };
}

function shown(name: string | undefined): string | null {
  return name === undefined || name === "" ? null : name.slice(0, MAX_SHOWN_NAME);
}
