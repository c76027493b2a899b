import type { OnChange } from "../core/outcome.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { SqlEngine } from "../ports/sql.ts";
import { createAddCapability } from "./add/add-capability.ts";
import { createAuditCapability } from "./audit/audit-capability.ts";
import { type CapabilityContext, createCapabilityContext } from "./capability-context.ts";
import type { Catalog } from "./catalog.ts";
import { createCheckpointCapability } from "./checkpoint/checkpoint-capability.ts";
import { createCollectCapability } from "./collect/collect-capability.ts";
import { Slots } from "./concurrency/slots.ts";
import type { CatalogContext } from "./context.ts";
import { createDedupCapability } from "./dedup/dedup-capability.ts";
import { disabledSql } from "./disabled.ts";
import { createFindCapability } from "./find/find-capability.ts";
import { createImportCapability } from "./import/import-capability.ts";
import { createIngestCapability } from "./ingest/ingest-capability.ts";
import { CatalogLeases } from "./leases/catalog-leases.ts";
import { endExpiredQuietly } from "./leases/end-expired.ts";
import { type Leases, noLeases } from "./leases/lease.ts";
import { createLedgerCapability } from "./ledger/ledger-capability.ts";
import { ensureCatalogId } from "./meta/catalog-id.ts";
import { endExpiredPinsQuietly } from "./pins/end-expired-pins.ts";
import { createPinsCapability } from "./pins/pins-capability.ts";
import { createPlacingContext, type PlacingOptions } from "./placing/placing-context.ts";
import { createRegisterCapability } from "./register/register-capability.ts";
import { createRelocateCapability } from "./relocate/relocate-capability.ts";
import { createRemoveCapability } from "./remove/remove-capability.ts";
import { createRepairCapability } from "./repair/repair-capability.ts";
import { createRestoreCapability } from "./restore/restore-capability.ts";
import { createRetentionCapability } from "./retention/retention-capability.ts";
import { createRootCapability } from "./root/root-capability.ts";
import { RunningCalls } from "./running-calls.ts";
import { createSearchCapability } from "./search/search-capability.ts";
import { createStatsCapability } from "./stats/stats-capability.ts";
import { figuresOf } from "./telemetry/figures.ts";
import { MeasuredSql } from "./telemetry/measured-sql.ts";
import { createTombstonesCapability } from "./tombstones/tombstones-capability.ts";
import { createVariantsCapability } from "./variants/variants-capability.ts";
import { createVerifyCapability } from "./verify/verify-capability.ts";
import { createWhyCapability } from "./why/why-capability.ts";

/** What a catalog is made of. A host puts this together for its runtime; see `content-catalog/node`. */
export interface OpenCatalogOptions extends Omit<CatalogContext, "sql" | "figures" | "closing" | "slots" | "root"> {
  /** Leave it out to store bytes without registering them; look-ups are then refused. */
  readonly sql?: SqlEngine | undefined;
  /** Where `ingest` and `finalize` put bytes. */
  readonly store?: BlobStore | undefined;
  /** How they name them. */
  readonly placing?: PlacingOptions | undefined;
  /** What is done when a key comes again with other bytes and the call does not say. @default "keep" */
  readonly onChange?: OnChange | undefined;
  /** For how long leases are taken, in milliseconds. @default an hour */
  readonly leaseTtlMs?: number | undefined;
  /** For how long bytes must be unreferenced before they are collected, in days. @default 7 */
  readonly orphanTtlDays?: number | undefined;
  /** For how long the trash is kept, in days. @default 30 */
  readonly trashTtlDays?: number | undefined;
  /** For how long rows are kept where no rule of retention is given, in days. @default 0: there is no such rule */
  readonly retentionDays?: number | undefined;
  /** How many good copies of each artifact stay whatever the rules of retention say. @default 1 */
  readonly keepCopies?: number | undefined;
  /** Write nothing, not even the catalog's id. @default false */
  readonly readOnly?: boolean | undefined;
}

/**
 * Opens a catalog over ports that are open already; the catalog closes the SQL engine when it is closed.
 * @throws {CatalogError} what the engine throws
 */
export async function openCatalog(given: OpenCatalogOptions): Promise<Catalog> {
  const options = {
    ...given,
    sql: given.sql && new MeasuredSql(given.sql, given),
    figures: given.sql && figuresOf(given.sql),
  };
  const { sql = disabledSql, store, readOnly = false, onChange, figures, telemetry, clock } = options;
  if (!readOnly && options.sql !== undefined) await begin({ ...options, sql });
  const calls = new RunningCalls();
  const { closing } = calls;
  const slots = new Slots();
  const parts = { leases: createLeases(options), options: options.placing };
  const placing = store && createPlacingContext({ ...options, closing, slots }, { ...parts, store });
  const root = placing?.root;
  if (!readOnly) await root?.look();
  const { orphanTtlDays = 7, trashTtlDays = 30, retentionDays = 0, keepCopies = 1 } = options;
  const settings = { placing, readOnly, onChange, keeping: { orphanTtlDays, trashTtlDays, retentionDays, keepCopies } };
  const context = createCapabilityContext({ ...options, sql, closing, slots, root }, settings);
  const endObserving = figures && telemetry.observe(() => figures.read({ sql, clock }));
  const catalog: Catalog = {
    ...createMethods(context, calls),
    close: () =>
      calls.close(async () => {
        endObserving?.();
        if (!readOnly) await root?.raise();
        await sql.close();
      }),
    // A host may close more than this.
    [Symbol.asyncDispose]: () => catalog.close(),
  };
  return catalog;
}

/** The methods of all capabilities. */
function createMethods(
  context: CapabilityContext,
  calls: RunningCalls,
): Omit<Catalog, "close" | typeof Symbol.asyncDispose> {
  return {
    ...calls.guard(createRegisterCapability(context)),
    ...calls.guard(createFindCapability(context)),
    ...calls.guard(createVariantsCapability(context)),
    ...calls.guard(createSearchCapability(context), ["search"]),
    ...calls.guard(createRemoveCapability(context)),
    ...calls.guard(createIngestCapability(context)),
    ...calls.guard(createAddCapability(context)),
    ...calls.guard(createImportCapability(context)),
    ...calls.guard(createRelocateCapability(context)),
    ...calls.guard(createDedupCapability(context)),
    ...calls.guard(createStatsCapability(context)),
    ...calls.guard(createCheckpointCapability(context)),
    ...calls.guard(createCollectCapability(context), ["formatPlan"]),
    ...calls.guard(createRootCapability(context)),
    ...calls.guard(createWhyCapability(context)),
    ...calls.guard(createLedgerCapability(context), ["listIncidents", "listDrifts"]),
    ...calls.guard(createRestoreCapability(context), ["listTrash"]),
    ...calls.guard(createPinsCapability(context), ["listPins"]),
    ...calls.guard(createTombstonesCapability(context), ["listTombstones"]),
    ...calls.guard(createRetentionCapability(context)),
    ...calls.guard(createVerifyCapability(context), ["verify"]),
    ...calls.guard(createRepairCapability(context), ["repair"]),
    ...calls.guard(createAuditCapability(context), ["audit"]),
  };
}

function createLeases({ sql, leaseTtlMs, ...context }: OpenCatalogOptions): Leases {
  return sql === undefined ? noLeases : new CatalogLeases({ ...context, sql, ttlMs: leaseTtlMs });
}

/** What an opening that writes does first. */
async function begin(context: Pick<CatalogContext, "sql" | "clock" | "logger" | "entropy">): Promise<void> {
  await ensureCatalogId(context.sql, context.entropy);
  await endExpiredQuietly(context);
  await endExpiredPinsQuietly(context);
}
