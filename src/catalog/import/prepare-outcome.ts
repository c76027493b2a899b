import { MAX_URI_LENGTH, type ParsedRegistration, type ParsedVariant, parseName } from "../../core/document.ts";
import type { ManifestOutcome, ManifestRendering } from "../../core/manifest/manifest-entry.ts";
import { quote } from "../../core/messages/quote.ts";
import type { Sha256 } from "../../core/sha256.ts";
import { fileUriFromPath, type StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { CanonicalNames, NamedPlace } from "../files/canonical-name.ts";
import type { Placement } from "../placing/place-content.ts";
import type { RegisterItem } from "../register/register.ts";
import type { RemovedBefore } from "../tombstones/removed-before.ts";
import { type ExamineScope, examineFile, type FileReport, OWN_REASON } from "./examine-file.ts";
import type { ImportFinding, ImportFindingKind } from "./import-options.ts";
import type { ImportSettings } from "./import-settings.ts";

/** What {@link examineOutcome} and {@link trustOutcome} work with. */
export interface PrepareScope extends ExamineScope {
  /** Under which URIs files are registered. */
  readonly names: CanonicalNames;
  /** What the caller asked for. */
  readonly settings: ImportSettings;
  /** The time of the import. */
  readonly now: Timestamp;
  /** What was removed on purpose. */
  readonly removed: RemovedBefore;
}

/** An outcome that is ready to be registered, or not to be. */
export interface PreparedOutcome {
  /** `undefined`: not to be registered; the findings say why. */
  readonly item: RegisterItem | undefined;
  /** What is to be reported about the line, in the order in which it was found. */
  readonly findings: readonly ImportFinding[];
  /** What is found once it is registered. @default nothing */
  readonly leftovers?: readonly ImportFinding[] | undefined;
  /** What would have been registered, had it not been removed on purpose. @default it was not */
  readonly removedBefore?: ParsedRegistration | undefined;
  /** How the bytes got their place. @default they lie where they are registered */
  readonly placement?: Placement | undefined;
}

/** An outcome and the number of its line. */
export interface NumberedOutcome {
  /** Counted from 1. */
  readonly line: number;
  /** What the line says. */
  readonly outcome: ManifestOutcome;
}

/** What is known about a file that is to be registered. */
export interface StoredFile {
  /** Absolute, as the line has it. */
  readonly path: string;
  /** Where it is registered; also where it came from, if the line does not say. */
  readonly uri: StorageUri;
  /** Size in bytes. */
  readonly bytes: number;
  /** Its digest, or `null` where it was neither hashed nor named by the line. */
  readonly sha256: Sha256 | null;
}

const NO_VARIANTS: readonly ParsedVariant[] = [];

/** Prepares an outcome by what its line says alone: no file is touched. */
export function trustOutcome(scope: PrepareScope, { outcome, line }: NumberedOutcome): PreparedOutcome {
  const { base, allowOutside } = scope;
  const path = base.resolve(outcome.path);
  const report = (kind: ImportFindingKind, reason: string): PreparedOutcome => {
    return { item: undefined, findings: [createFinding({ kind, line, outcome, path: outcome.path, reason })] };
  };
  if (!allowOutside && !base.holdsName(path)) return report("outside", "lies outside the base directory");
  if (path === base.path) return report("unreadable", "is a folder");
  if (scope.own?.holds(path)) return report("own", OWN_REASON);
  if (outcome.bytes === null) {
    return report("damaged", 'has no size in the line, and is not looked at; use hash mode "missing" to look at it');
  }
  const findings: ImportFinding[] = [];
  const variants = outcome.renderings.length === 0 ? NO_VARIANTS : trustRenderings(scope, { outcome, line }, findings);
  const { bytes, sha256 } = outcome;
  const uri = scope.names.uriOf(path);
  return withinLimits({ line, outcome }, createItem(scope, outcome, { path, uri, bytes, sha256, variants }), findings);
}

/**
 * The item, if what it says is short enough to be looked for later: the URI of a path is longer than the path, and stands
 * for a source URL where the line has none.
 */
export function withinLimits(
  { line, outcome }: NumberedOutcome,
  item: RegisterItem,
  findings: readonly ImportFinding[],
): PreparedOutcome {
  const { registration, variants } = item;
  try {
    parseName("sourceUrl", registration.sourceUrl);
    for (const { storageUri } of [registration, ...variants]) parseName("storageUri", storageUri, MAX_URI_LENGTH);
    return { item, findings };
  } catch (error) {
    // Nothing but a length can be wrong here.
    const message = error instanceof Error ? error.message : String(error);
    const finding = { kind: "damaged", line, message, artifactId: outcome.artifactId, path: outcome.path } as const;
    return { item: undefined, findings: [finding, ...findings] };
  }
}

/** The manifest knows no sizes of renderings, and nobody looks. */
function trustRenderings(
  scope: PrepareScope,
  { outcome, line }: NumberedOutcome,
  findings: ImportFinding[],
): readonly ParsedVariant[] {
  const variants: ParsedVariant[] = [];
  for (const rendering of outcome.renderings) {
    const path = scope.base.resolve(rendering.path);
    if (scope.allowOutside || scope.base.holdsName(path)) {
      variants.push(
        createVariant(scope, outcome, { rendering, uri: scope.names.uriOf(path), bytes: null, sha256: null }),
      );
    } else {
      const reason = "lies outside the base directory";
      findings.push(createFinding({ kind: "outside", line, outcome, path: rendering.path, rendering, reason }));
    }
  }
  return variants;
}

/** Prepares an outcome by looking at its files, and hashing them as the settings say. */
export async function examineOutcome(
  scope: PrepareScope,
  { outcome, line }: NumberedOutcome,
): Promise<PreparedOutcome> {
  const { settings } = scope;
  const hash = settings.hash === "all" || outcome.sha256 === null;
  const report = await examineFile(scope, outcome.path, { hash });
  const findings = describeReport(report, { outcome, line });
  const file = chooseFile(report, outcome, settings);
  if (file === undefined) return { item: undefined, findings };
  const uri = findUriAtOnce(scope, report) ?? (await findPlace(scope, report)).uri;
  const variants: ParsedVariant[] = [];
  for (const rendering of outcome.renderings) {
    const other = await examineFile(scope, rendering.path, { hash: true });
    if (other.status === "present") {
      const { bytes, sha256 } = other;
      const place = findUriAtOnce(scope, other) ?? (await findPlace(scope, other)).uri;
      variants.push(createVariant(scope, outcome, { rendering, uri: place, bytes, sha256 }));
    } else {
      const { status: kind, reason } = other;
      findings.push(createFinding({ kind, line, outcome, path: rendering.path, rendering, reason }));
    }
  }
  return withinLimits(
    { line, outcome },
    createItem(scope, outcome, { ...file, path: report.path, uri, variants }),
    findings,
  );
}

/** Where a file is registered that lies there: what a symlink leads to. */
export function findPlace({ names }: PrepareScope, report: FileReport): Promise<NamedPlace> {
  return names.locatePath((report.status === "present" ? report.target : undefined) ?? report.path);
}

/** The URI of a file in a folder that was looked at: most are. */
function findUriAtOnce({ names }: PrepareScope, report: FileReport): StorageUri | undefined {
  return names.uriAtOnce((report.status === "present" ? report.target : undefined) ?? report.path);
}

/** The file as it is; or, if it is gone and that is allowed, as the line has it. */
function chooseFile(
  report: FileReport,
  outcome: ManifestOutcome,
  settings: ImportSettings,
): Pick<StoredFile, "bytes" | "sha256"> | undefined {
  if (report.status === "present") {
    const { bytes } = report;
    return { bytes, sha256: report.sha256 ?? (isContradicted(bytes, outcome) ? null : outcome.sha256) };
  }
  if (report.status !== "gone" || !settings.allowMissing || outcome.bytes === null) return undefined;
  return { bytes: outcome.bytes, sha256: outcome.sha256 };
}

/** Whether the line speaks of other bytes than the file has: then its hash is not one of these. */
function isContradicted(bytes: number, outcome: ManifestOutcome): boolean {
  return outcome.bytes !== null && outcome.bytes !== bytes;
}

/** What contradicts the line. */
export function describeReport(report: FileReport, { outcome, line }: NumberedOutcome): ImportFinding[] {
  const { path } = outcome;
  if (report.status !== "present") {
    return [createFinding({ kind: report.status, line, outcome, path, reason: report.reason })];
  }
  const findings: ImportFinding[] = [];
  if (isContradicted(report.bytes, outcome)) {
    const isDropped = report.sha256 === null && outcome.sha256 !== null;
    const dropped = isDropped ? "; the hash of the line was dropped" : "";
    const reason = `has ${report.bytes} bytes, the line says ${outcome.bytes}${dropped}`;
    findings.push(createFinding({ kind: "wrong_size", line, outcome, path, reason }));
  }
  if (outcome.sha256 !== null && report.sha256 !== null && outcome.sha256 !== report.sha256) {
    const reason = `has SHA-256 ${report.sha256}, the line says ${outcome.sha256}`;
    findings.push(createFinding({ kind: "wrong_hash", line, outcome, path, reason }));
  }
  return findings;
}

/** A finding about a file that a line names. */
export function createFinding(about: {
  readonly kind: ImportFindingKind;
  readonly line: number;
  readonly outcome: ManifestOutcome;
  readonly path: string;
  readonly rendering?: ManifestRendering;
  readonly reason: string;
}): ImportFinding {
  const { kind, line, outcome, path, rendering, reason } = about;
  const what = rendering === undefined ? "file" : `file of variant ${quote(rendering.variant)},`;
  return { kind, line, message: `The ${what} ${quote(path)} ${reason}`, artifactId: outcome.artifactId, path };
}

/** What is registered for an outcome whose bytes are in a file. */
export function createItem(
  { now, settings }: PrepareScope,
  outcome: ManifestOutcome,
  file: StoredFile & { readonly variants: readonly ParsedVariant[] },
): RegisterItem {
  const { uri: storageUri } = file;
  const registration = {
    artifactId: outcome.artifactId,
    sourceUrl: outcome.sourceUrl ?? storageUri,
    resolver: outcome.resolver,
    contentType: outcome.contentType,
    bytes: file.bytes,
    sha256: file.sha256,
    storageUri,
    createdAt: outcome.createdAt ?? now,
    runId: outcome.runId ?? settings.runId,
  };
  // A catalog of before has the path as the line has it.
  const former = outcome.sourceUrl === null ? fileUriFromPath(file.path) : storageUri;
  const { artifactId, resolver } = outcome;
  const isRespelt = former !== storageUri;
  return {
    registration,
    variants: file.variants,
    ...(isRespelt && { former: { artifactId, sourceUrl: former, resolver } }),
  };
}

/** What is registered for another rendering of an outcome. */
export function createVariant(
  { now }: PrepareScope,
  outcome: ManifestOutcome,
  file: Pick<StoredFile, "uri" | "sha256"> & { readonly bytes: number | null; readonly rendering: ManifestRendering },
): ParsedVariant {
  return {
    variant: file.rendering.variant,
    storageUri: file.uri,
    bytes: file.bytes,
    contentType: null,
    sha256: file.sha256,
    createdAt: outcome.createdAt ?? now,
  };
}
