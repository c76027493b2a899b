import type { ParsedRegistration, ParsedVariant } from "../../../core/document.ts";
import { changedVariant, compareBytes, type OnChange } from "../../../core/outcome.ts";
import { baseName } from "../../../core/path.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import { type CatalogError, isCatalogError } from "../../../errors.ts";
import type { SqlStatement } from "../../../ports/sql.ts";
import { hashStored } from "../../files/hash-stored.ts";
import { selectDocumentByKey } from "../../find/find-statements.ts";
import { type FoundContent, findOrPlace } from "../../ingest/find-or-place.ts";
import type { StoredSource } from "../../ingest/remove-source.ts";
import { describeContent } from "../../ingest/store-content.ts";
import type { Lease } from "../../leases/lease.ts";
import { dropQuietly } from "../../placing/stage-content.ts";
import { documentFromRow, variantFromRow } from "../../records/rows.ts";
import { type HashOf, type KnownRow, learnRowHash } from "../../register/learn-hashes.ts";
import { renameKeys } from "../../register/respell-rows.ts";
import { findSourceFile, sourceFacts } from "../../sources/source-rows.ts";
import { endingOf } from "../../tombstones/find-tombstones.ts";
import { selectVariantByKey } from "../../variants/variants-statements.ts";
import type { FileReport } from "../examine-file.ts";
import type { ImportFinding } from "../import-options.ts";
import { findGone, findRemoved } from "../pass-over.ts";
import {
  createFinding,
  createItem,
  createVariant,
  describeReport,
  findPlace,
  type NumberedOutcome,
  type PreparedOutcome,
  withinLimits,
} from "../prepare-outcome.ts";
import type { FoundMoved, KnownBytes } from "./moved-files.ts";
import { type PlaceScope, type StagedFile, stageListedFile } from "./stage-listed-file.ts";

/** Bytes of a row that have their place. */
export interface PlacedBytes {
  /** `undefined`: they were not placed, as the key keeps other ones, or they were moved in before. */
  readonly found: FoundContent | undefined;
  /** Keeps them until their row is there. */
  readonly lease?: Lease | undefined;
  /** Where the row says that they are, while they are not there or damaged. */
  readonly lost?: StorageUri | undefined;
  /** What is to go once the row is durable, with `move`. */
  readonly toRemove?: StoredSource | undefined;
}

/** An outcome whose bytes have their place, ready to be registered. */
export interface PlacedOutcome extends PreparedOutcome {
  /** The outcome with the number of its line. */
  readonly numbered: NumberedOutcome;
  /** Of the document. */
  readonly placedBytes?: PlacedBytes;
  /** One a variant of the item. */
  readonly placedVariants: readonly PlacedBytes[];
}

/** A name that has a lease, or is in flight. */
export type PlacedName = Pick<FoundContent, "key" | "lease">;

/** Takes in and places the files of one outcome. `onPlaced` is told about every lease as soon as it is taken. */
export async function placeOutcome(
  scope: PlaceScope,
  numbered: NumberedOutcome,
  onPlaced: (found: PlacedName) => void,
): Promise<PlacedOutcome> {
  const placer = new OutcomePlacer(scope, numbered, onPlaced);
  try {
    return await placer.place();
  } catch (error) {
    if (!isCatalogError(error, "CONFLICT") && !isCatalogError(error, "INTEGRITY")) throw error;
    return notStored(numbered, error);
  } finally {
    await placer.drop();
  }
}

/** An outcome whose bytes got no place, or no row. */
export function notStored(numbered: NumberedOutcome, error: CatalogError): PlacedOutcome {
  const { outcome, line } = numbered;
  const reason = `was not stored: ${error.message}`;
  const finding = createFinding({ kind: "unstable", line, outcome, path: outcome.path, reason });
  return { numbered, item: undefined, findings: [finding], placedVariants: [] };
}

/** A file of a line whose bytes are staged, or in the store already. */
interface ReadyFile {
  /** As the line has it. */
  readonly path: string;
  /** Without symlinks. */
  readonly real: string;
  /** Where it lies. */
  readonly uri: StorageUri;
  readonly bytes: number;
  readonly sha256: KnownBytes["sha256"];
  readonly staged: StagedFile | undefined;
  /** Where the bytes of a file that is gone are. */
  readonly moved: FoundMoved | undefined;
}

class OutcomePlacer {
  readonly #scope: PlaceScope;
  readonly #numbered: NumberedOutcome;
  readonly #onPlaced: (found: PlacedName) => void;
  readonly #staged: StagedFile[] = [];
  readonly #findings: ImportFinding[] = [];

  constructor(scope: PlaceScope, numbered: NumberedOutcome, onPlaced: (found: PlacedName) => void) {
    this.#scope = scope;
    this.#numbered = numbered;
    this.#onPlaced = onPlaced;
  }

  async place(): Promise<PlacedOutcome> {
    const scope = this.#scope;
    const numbered = this.#numbered;
    const { outcome } = numbered;
    const nothing = { numbered, item: undefined, findings: this.#findings, placedVariants: [] };
    const file = await this.#takeDocument();
    if (file === undefined) return (await this.#passOver(findGone(scope, numbered, nothing))) ?? nothing;
    const { item, findings } = withinLimits(numbered, createItem(scope, outcome, { ...file, variants: [] }), []);
    this.#findings.push(...findings);
    if (item === undefined) return nothing;
    const { registration: said } = item;
    const passed = await this.#passOver(said);
    if (passed !== undefined) return passed;
    await renameKeys(scope.context, [item], scope.now);
    const renderings = await this.#takeRenderings(said);
    // With `strict` the line is not registered then.
    if (scope.settings.strict && this.#findings.length > 0) return nothing;
    const { onChange } = scope.settings;
    const about = { document: said, row: await this.#findDocument(said), onChange };
    const { document, placedBytes, isOther, facts } = await this.#placeBytes(file, { ...about, variant: null });
    const { variants, placedVariants, ...more } = await this.#placeRenderings(said, renderings, {
      // The renderings belong to the bytes of the line.
      isTaken: !isOther || onChange === "replace",
    });
    return {
      numbered,
      item: {
        registration: document,
        variants,
        facts: [...facts, ...more.facts, ...(await this.#endTombstones(said, document))],
        place: placedBytes,
        variantPlaces: placedVariants,
      },
      findings: this.#findings,
      placement: placedBytes.found?.placement ?? (file.moved === undefined ? "none" : "dedup"),
      placedBytes,
      placedVariants,
    };
  }

  /** Nothing is done, or said, about bytes that were removed on purpose, unless they are to come back. */
  async #passOver(said: ParsedRegistration | undefined): Promise<PlacedOutcome | undefined> {
    const scope = this.#scope;
    if (said === undefined || scope.settings.bringBack) return undefined;
    if ((await findRemoved(scope.context, scope, said)).length === 0) return undefined;
    return { numbered: this.#numbered, item: undefined, findings: [], placedVariants: [], removedBefore: said };
  }

  /** What ends with the row of bytes that were removed on purpose. */
  async #endTombstones(said: ParsedRegistration, document: ParsedRegistration): Promise<readonly SqlStatement[]> {
    const scope = this.#scope;
    if (!scope.settings.bringBack) return [];
    return endingOf(await findRemoved(scope.context, scope, said), document).statements;
  }

  async #placeRenderings(
    said: ParsedRegistration,
    renderings: readonly { readonly variant: ParsedVariant; readonly file: ReadyFile }[],
    { isTaken }: { readonly isTaken: boolean },
  ): Promise<{
    readonly variants: readonly ParsedVariant[];
    readonly placedVariants: readonly PlacedBytes[];
    readonly facts: readonly SqlStatement[];
  }> {
    const variants: ParsedVariant[] = [];
    const placedVariants: PlacedBytes[] = [];
    const facts: SqlStatement[] = [];
    for (const { variant, file } of renderings) {
      const row = isTaken ? await this.#findVariant(said, variant.variant) : undefined;
      const about = { document: { ...said, ...variant, bytes: file.bytes }, row, onChange: "keep" } as const;
      const placed = isTaken
        ? await this.#placeBytes(file, { ...about, variant: variant.variant })
        : { document: about.document, placedBytes: { found: undefined }, facts: [] };
      const { contentType, storageUri, sha256 } = placed.document;
      variants.push({ ...variant, contentType, storageUri, sha256 });
      placedVariants.push(placed.placedBytes);
      facts.push(...placed.facts);
    }
    return { variants, placedVariants, facts };
  }

  /** What is staged still; what got its place is not touched by that. */
  async drop(): Promise<void> {
    const { placing } = this.#scope;
    for (const { content } of this.#staged) await dropQuietly(placing, () => content.staging.drop());
  }

  async #takeDocument(): Promise<ReadyFile | undefined> {
    const { outcome, line } = this.#numbered;
    const { report, ready } = await this.#take(outcome.path, async (found) => {
      const { sha256 } = outcome;
      const { uri } = await findPlace(this.#scope, found);
      const { registration } = createItem(this.#scope, outcome, {
        path: found.path,
        uri,
        bytes: 0,
        sha256,
        variants: [],
      });
      const row = await this.#findDocument(registration);
      if (row === undefined || sha256 === null || row.record.sha256 === sha256) return row;
      // The bytes of the line may be those that came later.
      return (await this.#findVariant(registration, changedVariant(registration).variant)) ?? row;
    });
    this.#findings.push(...describeReport(report, { outcome, line }));
    return ready;
  }

  async #takeRenderings(key: ParsedRegistration): Promise<readonly { variant: ParsedVariant; file: ReadyFile }[]> {
    const { outcome, line } = this.#numbered;
    const taken: { variant: ParsedVariant; file: ReadyFile }[] = [];
    for (const rendering of outcome.renderings) {
      const { report, ready } = await this.#take(rendering.path, () => this.#findVariant(key, rendering.variant));
      if (ready !== undefined) {
        taken.push({ variant: createVariant(this.#scope, outcome, { ...ready, rendering }), file: ready });
      } else if (report.status !== "present") {
        const { status: kind, reason } = report;
        this.#findings.push(createFinding({ kind, line, outcome, path: rendering.path, rendering, reason }));
      }
    }
    return taken;
  }

  /** Takes in a file. One that is gone because it was moved in earlier is as good as there. */
  async #take(
    writtenPath: string,
    findRow: (report: FileReport) => Promise<KnownRow | undefined>,
  ): Promise<{ readonly report: FileReport; readonly ready: ReadyFile | undefined }> {
    const { report, staged } = await stageListedFile(this.#scope, writtenPath);
    if (staged !== undefined) this.#staged.push(staged);
    const { path } = report;
    const { uri, path: real = path } = await findPlace(this.#scope, report);
    if (report.status === "present") {
      return {
        report,
        ready: { path, real, uri, bytes: report.bytes, sha256: report.sha256, staged, moved: undefined },
      };
    }
    if (report.status !== "gone" || this.#scope.transfer !== "move") return { report, ready: undefined };
    const moved = await this.#findMoved(path, await findRow(report));
    if (moved === undefined) return { report, ready: undefined };
    const { bytes, sha256 } = moved;
    const ready = { path, real, uri, bytes, sha256, staged: undefined, moved };
    return { report: { status: "present", path, bytes, sha256 }, ready };
  }

  /** Where the bytes of a file that is gone are; a row without a hash gets that of its blob, to be known by it. */
  async #findMoved(path: string, row: KnownRow | undefined): Promise<FoundMoved | undefined> {
    const { moved, placing, context, now } = this.#scope;
    const found = await moved.find(placing, path, row?.record);
    if (found !== undefined) this.#onPlaced({ key: undefined, lease: found.lease });
    if (found === undefined || row === undefined || found.sha256 !== null) return found;
    const { bytes } = found;
    const hashOf: HashOf = (uri) => hashStored(placing, uri, { bytes });
    const { record } = await learnRowHash(context.sql, row, { now, bytes, hashOf });
    return { ...found, sha256: record.sha256 };
  }

  /** Gives the bytes of one row their place, unless they have it or the row keeps others. */
  async #placeBytes(
    file: ReadyFile,
    about: {
      readonly document: ParsedRegistration;
      readonly row: KnownRow | undefined;
      readonly onChange: OnChange;
      /** Its name, if the bytes are those of a variant. */
      readonly variant: string | null;
    },
  ): Promise<{
    readonly document: ParsedRegistration;
    readonly placedBytes: PlacedBytes;
    /** Whether the row has other bytes, or such that nobody can compare. */
    readonly isOther: boolean;
    /** What stands in one batch with the row. */
    readonly facts: readonly SqlStatement[];
  }> {
    const { placing, transfer, context, now } = this.#scope;
    const { staged, moved, path, real, uri, bytes, sha256 } = file;
    if (staged === undefined) {
      const document = { ...about.document, storageUri: moved?.storageUri ?? uri };
      const isOther = about.row !== undefined && compareBytes(about.row.record, { bytes, sha256 }) !== "same";
      return { document, placedBytes: { found: undefined, lease: moved?.lease }, isOther, facts: [] };
    }
    const { source, before } = staged;
    const described = await describeContent(placing, about, { content: staged.content, declaredType: null });
    const lying = await findSourceFile(context.sql, { path: real, uri });
    const how = { basename: baseName(path), lying: lying.names, isLast: transfer === "move" };
    const request = { ...about, ...described, ...how, content: staged.content };
    const { document, content, row, found, lost } = await findOrPlace(placing, request);
    const isOther = row !== undefined && compareBytes(row.record, content) !== "same";
    if (found === undefined) return { document, placedBytes: { found }, isOther, facts: [] };
    this.#onPlaced(found);
    const { placement, lease } = found;
    const toRemove = before && { source, before, content, placement, uri: found.uri };
    const origin = { key: about.document, variant: about.variant, lease: lease?.id, now };
    const facts = sourceFacts(lying, { ...document, ...origin });
    return { document, placedBytes: { found, lease, lost, toRemove }, isOther, facts };
  }

  async #findDocument(key: ParsedRegistration): Promise<KnownRow | undefined> {
    const [row] = await this.#scope.context.sql.query(selectDocumentByKey(key));
    return row && { table: "documents", record: documentFromRow(row) };
  }

  async #findVariant(key: ParsedRegistration, name: string): Promise<KnownRow | undefined> {
    const [row] = await this.#scope.context.sql.query(selectVariantByKey(key, name));
    return row && { table: "variants", record: variantFromRow(row) };
  }
}
