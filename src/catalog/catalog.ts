import type { AddCapability } from "./add/add-capability.ts";
import type { AuditCapability } from "./audit/audit-capability.ts";
import type { CheckpointCapability } from "./checkpoint/checkpoint-capability.ts";
import type { CollectCapability } from "./collect/collect-capability.ts";
import type { DedupCapability } from "./dedup/dedup-capability.ts";
import type { FindCapability } from "./find/find-capability.ts";
import type { ImportCapability } from "./import/import-capability.ts";
import type { IngestCapability } from "./ingest/ingest-capability.ts";
import type { LedgerCapability } from "./ledger/ledger-capability.ts";
import type { PinsCapability } from "./pins/pins-capability.ts";
import type { RegisterCapability } from "./register/register-capability.ts";
import type { RelocateCapability } from "./relocate/relocate-capability.ts";
import type { RemoveCapability } from "./remove/remove-capability.ts";
import type { RepairCapability } from "./repair/repair-capability.ts";
import type { RestoreCapability } from "./restore/restore-capability.ts";
import type { RetentionCapability } from "./retention/retention-capability.ts";
import type { RootCapability } from "./root/root-capability.ts";
import type { SearchCapability } from "./search/search-capability.ts";
import type { StatsCapability } from "./stats/stats-capability.ts";
import type { TombstonesCapability } from "./tombstones/tombstones-capability.ts";
import type { VariantsCapability } from "./variants/variants-capability.ts";
import type { VerifyCapability } from "./verify/verify-capability.ts";
import type { WhyCapability } from "./why/why-capability.ts";

/** An open catalog: the sum of its capabilities. All methods may be called at once, any number of times. */
export interface Catalog
  extends RegisterCapability,
    FindCapability,
    VariantsCapability,
    SearchCapability,
    RemoveCapability,
    IngestCapability,
    AddCapability,
    ImportCapability,
    RelocateCapability,
    DedupCapability,
    StatsCapability,
    CheckpointCapability,
    CollectCapability,
    RootCapability,
    WhyCapability,
    LedgerCapability,
    RestoreCapability,
    RetentionCapability,
    PinsCapability,
    TombstonesCapability,
    VerifyCapability,
    RepairCapability,
    AuditCapability {
  /**
   * Makes everything durable and releases all files. Calls that were made before come to their end first, later ones
   * are refused with CLOSED; a source that gives nothing for ten seconds meanwhile is given up, and nothing of it
   * stored. Iterators are not waited for: their next step is refused. Closing twice is safe.
   */
  close(): Promise<void>;
  /** {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
