/**
 * The catalog over injected ports, without any adapter. Programs usually start at a host instead, for example
 * `content-catalog/node`, and take types and errors from here.
 * @module
 * @example
 * ```ts
 * import { isCatalogError } from "content-catalog";
 * import { openCatalog } from "content-catalog/memory";
 *
 * const catalog = await openCatalog();
 * try {
 *   await catalog.getById(1);
 * } catch (error) {
 *   if (!isCatalogError(error, "NOT_FOUND")) throw error;
 *   console.log(error.message, error.details.what, error.hint);
 * }
 * await catalog.close();
 * ```
 */
export type { AddCapability } from "./catalog/add/add-capability.ts";
export type {
  AddedSource,
  AddFinding,
  AddFindingKind,
  AddInto,
  AddMeta,
  AddOptions,
  AddProgress,
  AddSource,
  AddSummary,
  OpenableSource,
  PathSource,
} from "./catalog/add/add-options.ts";
export type { AuditCapability } from "./catalog/audit/audit-capability.ts";
export type { AuditedRow, AuditFinding, AuditKind, AuditReason } from "./catalog/audit/audit-finding.ts";
export type { AuditOptions, AuditProgress, AuditSummary, TableDigest } from "./catalog/audit/audit-options.ts";
export type { CallOptions } from "./catalog/call-options.ts";
export type { Catalog } from "./catalog/catalog.ts";
export type { CheckpointCapability } from "./catalog/checkpoint/checkpoint-capability.ts";
export type { Closing } from "./catalog/closing-source.ts";
export type { CollectCapability } from "./catalog/collect/collect-capability.ts";
export type {
  ApplyOptions,
  ApplySummary,
  CatalogPlaces,
  CollectOptions,
  CollectPlan,
  CollectProgress,
  CollectReport,
  FileCount,
  GivenBack,
  RowCount,
  UnknownFile,
} from "./catalog/collect/collect-options.ts";
export type { Slot, SlotSource } from "./catalog/concurrency/slots.ts";
export type { CatalogContext, Hashers } from "./catalog/context.ts";
export type { DedupCapability } from "./catalog/dedup/dedup-capability.ts";
export type { DedupOptions, DedupPlan, DedupPlanReport, DedupProgress } from "./catalog/dedup/dedup-options.ts";
export type {
  DuplicateGroup,
  DuplicateShare,
  DuplicatesOptions,
  DuplicatesReport,
} from "./catalog/dedup/find-duplicates.ts";
export type { FindCapability } from "./catalog/find/find-capability.ts";
export type { ResolveOptions } from "./catalog/find/resolve-thing.ts";
export type { SoughtOptions } from "./catalog/find/sought-thing.ts";
export type { ImportCapability } from "./catalog/import/import-capability.ts";
export type {
  HashMode,
  ImportedOutcome,
  ImportFinding,
  ImportFindingKind,
  ImportOptions,
  ImportProgress,
  ImportSource,
  ImportSummary,
  ManifestFormat,
} from "./catalog/import/import-options.ts";
export type { FinalizeOptions } from "./catalog/ingest/finalize.ts";
export type { IngestOptions } from "./catalog/ingest/ingest.ts";
export type { IngestCapability } from "./catalog/ingest/ingest-capability.ts";
export type { IngestMeta, IngestResult, PlaceContentOptions } from "./catalog/ingest/ingest-request.ts";
export type { IngestSource } from "./catalog/ingest/source-bytes.ts";
export type { Incident } from "./catalog/ledger/history/incident.ts";
export type { Drift } from "./catalog/ledger/history/list-drifts.ts";
export type { IncidentsOptions } from "./catalog/ledger/history/list-incidents.ts";
export type { LedgerCapability } from "./catalog/ledger/ledger-capability.ts";
export type { LedgerEntry } from "./catalog/ledger/ledger-entry.ts";
export { type OpenCatalogOptions, openCatalog } from "./catalog/open.ts";
export type { Pin, PinKey, PinKind, PinTarget } from "./catalog/pins/pin.ts";
export type { PinsCapability } from "./catalog/pins/pins-capability.ts";
export type { PinOptions, PinResult } from "./catalog/pins/set-pin.ts";
export type { FindPinTargetsOptions, FoundPinTarget } from "./catalog/pins/target/find-pin-targets.ts";
export type { Placement } from "./catalog/placing/place-content.ts";
export type { PlacingOptions } from "./catalog/placing/placing-context.ts";
export type { Transfer } from "./catalog/placing/stage-file.ts";
export type { Plan, PlanFinding, PlanFindingKind } from "./catalog/plan/plan.ts";
export type { RegisterCapability, RegisterOptions } from "./catalog/register/register-capability.ts";
export type { RelocateCapability } from "./catalog/relocate/relocate-capability.ts";
export type {
  RelocateFinding,
  RelocateFindingKind,
  RelocateOptions,
  RelocateProgress,
  RelocateSummary,
  Relocation,
} from "./catalog/relocate/relocate-options.ts";
export type { RemovalRecord } from "./catalog/removals/removal-line.ts";
export type { RemovedDocument, RemoveOptions } from "./catalog/remove/remove.ts";
export type { RemoveCapability } from "./catalog/remove/remove-capability.ts";
export type { RepairCapability } from "./catalog/repair/repair-capability.ts";
export type {
  RepairDrift,
  RepairedFrom,
  RepairOptions,
  RepairOrigin,
  RepairOutcome,
  RepairProgress,
  RepairReason,
  RepairResult,
  RepairStep,
  RepairStepResult,
} from "./catalog/repair/repair-options.ts";
export type { RestoreCapability } from "./catalog/restore/restore-capability.ts";
export type {
  RestoredThing,
  RestoreFinding,
  RestoreFindingKind,
  RestoreOptions,
  RestoreProgress,
  RestoreSummary,
  RestoreTargets,
} from "./catalog/restore/restore-options.ts";
export type { RetentionCapability } from "./catalog/retention/retention-capability.ts";
export type {
  RetentionOptions,
  RetentionPlan,
  RetentionProgress,
  RetentionReport,
} from "./catalog/retention/retention-options.ts";
export type { RootCapability, RootCatalog, RootStatus } from "./catalog/root/root-capability.ts";
export type { RootUse } from "./catalog/root/root-use.ts";
export type { PageQuery, SearchOptions, SearchPage } from "./catalog/search/search.ts";
export type { SearchCapability } from "./catalog/search/search-capability.ts";
export type { CatalogStats, StatsGroup } from "./catalog/stats/stats.ts";
export type { StatsCapability } from "./catalog/stats/stats-capability.ts";
export type { Figures, KeptFigure } from "./catalog/telemetry/figures.ts";
export type { Tombstone } from "./catalog/tombstones/tombstone.ts";
export type { TombstonesCapability } from "./catalog/tombstones/tombstones-capability.ts";
export type { TrashedBlob, TrashKind } from "./catalog/trash/trashed-blob.ts";
export type { VariantsCapability } from "./catalog/variants/variants-capability.ts";
export type { VerifyCapability } from "./catalog/verify/verify-capability.ts";
export type {
  VerifiedBlob,
  VerifyBudget,
  VerifyOptions,
  VerifyProgress,
  VerifySummary,
} from "./catalog/verify/verify-options.ts";
export type {
  BytesAt,
  Explanation,
  KeepingCatalog,
  LeaseFact,
  OrphanFact,
  PinFact,
  PlaceExplanation,
  RemovalFact,
  UnreadableMember,
} from "./catalog/why/explanation.ts";
export type { WhyOptions } from "./catalog/why/why.ts";
export type { WhyCapability } from "./catalog/why/why-capability.ts";
export type {
  DocumentKey,
  DocumentRecord,
  Registration,
  VariantRecord,
  VariantRegistration,
} from "./core/document.ts";
export type { FieldMap } from "./core/manifest/field-map.ts";
export type { BlobKey } from "./core/naming/blob-key.ts";
export type { Layout } from "./core/naming/layout.ts";
export type {
  EarlierRemoval,
  OfferedBytes,
  OnChange,
  RegisterOutcome,
  RegisterResult,
  RemovalVerb,
  VariantResult,
} from "./core/outcome.ts";
export type {
  FileActionKind,
  FileReason,
  PlanAction,
  PlanActionKind,
  PlanHead,
  PlannedPolicy,
  PlannedRow,
  PlanReason,
  PlanVerb,
  RowActionKind,
} from "./core/plan/plan-action.ts";
export type { SearchQuery, SearchSort } from "./core/query.ts";
export type { RetentionPolicy } from "./core/retention/policy.ts";
export type { CapName, DropReason, KeepReason } from "./core/retention/reasons.ts";
export type { UnmetCap } from "./core/retention/unmet-cap.ts";
export type { CatalogSettings, StorageSettings } from "./core/settings/setting-keys.ts";
export type { SectionInput, Settings, SettingsInput } from "./core/settings.ts";
export { parseSha256, parseSha256Prefix, type Sha256, type Sha256Prefix } from "./core/sha256.ts";
export { fileUriFromPath, findPathOfUri, parseStorageUri, type StorageUri } from "./core/storage-uri.ts";
export type {
  CounterLabels,
  CounterName,
  GaugeName,
  HistogramLabels,
  HistogramName,
  IngestedLabels,
  NoLabels,
  TimedLabels,
  TimedOutcome,
  VerifiedLabels,
  VerifyFailure,
} from "./core/telemetry/metric-labels.ts";
export { parseTimestamp, type Timestamp } from "./core/timestamp.ts";
export type { IncidentResolution } from "./core/verification/incident-resolution.ts";
export type {
  BadResult,
  BlobContent,
  BlobVerification,
  VerificationReason,
  VerificationResult,
  VerificationStrength,
} from "./core/verification/verification.ts";
export {
  CatalogError,
  type CatalogErrorOptions,
  type DamagedRow,
  type ErrorCode,
  type ErrorDetails,
  isCatalogError,
} from "./errors.ts";
export type {
  BlobCapabilities,
  BlobStat,
  BlobStore,
  BlobWriter,
  EvidenceDocument,
  FoundStaged,
  GiveBackOptions,
  ListedBlob,
  ListOptions,
  PlaceOptions,
  QuarantinedBlob,
  QuarantineEvidence,
  ReplaceOptions,
  SetAsideOptions,
  StagedBlob,
  StageOptions,
  SwapOptions,
  TakenBlob,
  TakeOptions,
} from "./ports/blob-store.ts";
export type { Clock, SleepOptions } from "./ports/clock.ts";
export type { DigestOptions, DigestPool, DigestRequest, FileDigest } from "./ports/digest-pool.ts";
export type { Entropy } from "./ports/entropy.ts";
export type {
  DirectoryEntry,
  FileAccess,
  FileHandle,
  FileKind,
  FileOwner,
  FileStat,
  FileSystem,
  FileSystemCapabilities,
  ListDirectoryOptions,
  OpenMode,
} from "./ports/file-system.ts";
export type { Hasher, HashStream } from "./ports/hasher.ts";
export type { ContentDecoder, Http, HttpAnswer, HttpRequest } from "./ports/http.ts";
export type { LogFields, Logger, LogLevel } from "./ports/logger.ts";
export type { LifeSign, LifeSigns, ProcessIdentity, ProcessTable } from "./ports/process.ts";
export type { FoundMarker, RootMarkers } from "./ports/root-markers.ts";
export type {
  BatchOptions,
  CheckOptions,
  Migration,
  QueryOptions,
  SqlCheckpoint,
  SqlCommit,
  SqlDamage,
  SqlDamageKind,
  SqlEngine,
  SqlEngineInfo,
  SqlResult,
  SqlRow,
  SqlSizes,
  SqlStatement,
  SqlValue,
} from "./ports/sql.ts";
export type { CatalogFigures, SpanAttributes, SpanName, Telemetry } from "./ports/telemetry.ts";
