import type { ParsedRegistration, ParsedVariant } from "../../../core/document.ts";
import { changedVariant, hasOtherBytes } from "../../../core/outcome.ts";
import { baseName } from "../../../core/path.ts";
import { fileUriFromPath, type StorageUri } from "../../../core/storage-uri.ts";
import { type CatalogError, isCatalogError } from "../../../errors.ts";
import { selectDocumentByKey } from "../../find/find-statements.ts";
import type { StoredSource } from "../../ingest/remove-source.ts";
import { describeContent, type FoundContent, findIntact, placeAnew } from "../../ingest/store-content.ts";
import { dropQuietly } from "../../placing/stage-content.ts";
import { documentFromRow, variantFromRow } from "../../records/rows.ts";
import { selectVariantByKey } from "../../variants/variants-statements.ts";
import type { FileReport } from "../examine-file.ts";
import type { ImportFinding } from "../import-options.ts";
import {
  createFinding,
  createItem,
  createVariant,
  describeReport,
  type NumberedOutcome,
  type PreparedOutcome,
} from "../prepare-outcome.ts";
import type { KnownBytes } from "./moved-files.ts";
import { type PlaceScope, type StagedFile, stageListedFile } from "./stage-listed-file.ts";

/** Bytes of a row that have their place. */
export interface PlacedBytes {
  /** `undefined`: they were not placed, as the key keeps other ones. */
  readonly found: FoundContent | undefined;
  /** Where the row says that they are, while they are not there or damaged. */
  readonly lost?: StorageUri | undefined;
  /** What is to go once the row is durable, with `move`. */
  readonly toRemove?: StoredSource | undefined;
}

/** An outcome whose bytes have their place, ready to be registered. */
export interface PlacedOutcome extends PreparedOutcome {
  /** Of the document. */
  readonly placedBytes?: PlacedBytes;
  /** One a variant of the item. */
  readonly placedVariants: readonly PlacedBytes[];
}

/** Takes in and places the files of one outcome. `onPlaced` is told about every place as soon as it is taken. */
export async function placeOutcome(
  scope: PlaceScope,
  numbered: NumberedOutcome,
  onPlaced: (found: FoundContent) => void,
): Promise<PlacedOutcome> {
  const placer = new OutcomePlacer(scope, numbered, onPlaced);
  try {
    return await placer.place();
  } catch (error) {
    const { outcome, line } = numbered;
    if (!isCatalogError(error, "CONFLICT") && !isCatalogError(error, "INTEGRITY")) throw error;
    const finding = createFinding({ kind: "unstable", line, outcome, path: outcome.path, reason: whyNot(error) });
    return { item: undefined, findings: [finding], placedVariants: [] };
  } finally {
    await placer.drop();
  }
}

function whyNot(error: CatalogError): string {
  return `was not stored: ${error.message}`;
}

/** A file of a line whose bytes are staged, or in the store already. */
interface ReadyFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: KnownBytes["sha256"];
  readonly staged: StagedFile | undefined;
  /** Where the bytes of a file that is gone are. */
  readonly moved: StorageUri | undefined;
}

class OutcomePlacer {
  readonly #scope: PlaceScope;
  readonly #numbered: NumberedOutcome;
  readonly #onPlaced: (found: FoundContent) => void;
  readonly #staged: StagedFile[] = [];
  readonly #findings: ImportFinding[] = [];

  constructor(scope: PlaceScope, numbered: NumberedOutcome, onPlaced: (found: FoundContent) => void) {
    this.#scope = scope;
    this.#numbered = numbered;
    this.#onPlaced = onPlaced;
  }

  async place(): Promise<PlacedOutcome> {
    const scope = this.#scope;
    const { outcome } = this.#numbered;
    const file = await this.#takeDocument();
    if (file === undefined) return { item: undefined, findings: this.#findings, placedVariants: [] };
    const { registration: declared } = createItem(scope, outcome, { ...file, variants: [] });
    const renderings = await this.#takeRenderings(declared);
    // With `strict` the line is not registered then.
    if (scope.settings.strict && this.#findings.length > 0) {
      return { item: undefined, findings: this.#findings, placedVariants: [] };
    }
    const existing = await this.#findDocument(declared);
    const keeps = scope.settings.onChange === "keep";
    const isOther = existing !== undefined && hasOtherBytes(existing, file);
    const { document, placedBytes } = await this.#placeBytes(file, { document: declared, existing, keeps });
    const variants: ParsedVariant[] = [];
    const placedVariants: PlacedBytes[] = [];
    // The renderings belong to the bytes of the line.
    const isTaken = !isOther || scope.settings.onChange === "replace";
    for (const { variant, file: other } of renderings) {
      const known = isTaken ? await this.#findVariant(declared, variant.variant) : undefined;
      const about = { document: { ...declared, ...variant, bytes: other.bytes }, existing: known, keeps: true };
      const { document: placed, placedBytes: bytes } = isTaken
        ? await this.#placeBytes(other, about)
        : { document: about.document, placedBytes: { found: undefined } };
      const { contentType, storageUri } = placed;
      variants.push({ ...variant, contentType, storageUri });
      placedVariants.push(bytes);
    }
    return { item: { registration: document, variants }, findings: this.#findings, placedBytes, placedVariants };
  }

  /** What is staged still; what got its place is not touched by that. */
  async drop(): Promise<void> {
    const { placing } = this.#scope;
    for (const { content } of this.#staged) await dropQuietly(placing, () => content.staging.drop());
  }

  async #takeDocument(): Promise<ReadyFile | undefined> {
    const { outcome, line } = this.#numbered;
    const { report, ready } = await this.#take(outcome.path, async ({ path }) => {
      const { sha256 } = outcome;
      const { registration } = createItem(this.#scope, outcome, { path, bytes: 0, sha256, variants: [] });
      const row = await this.#findDocument(registration);
      if (row === undefined || sha256 === null || row.sha256 === sha256) return row;
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
    findRow: (report: FileReport) => Promise<KnownBytes | undefined>,
  ): Promise<{ readonly report: FileReport; readonly ready: ReadyFile | undefined }> {
    const { report, staged } = await stageListedFile(this.#scope, writtenPath);
    if (staged !== undefined) this.#staged.push(staged);
    const { path } = report;
    if (report.status === "present") {
      return { report, ready: { path, bytes: report.bytes, sha256: report.sha256, staged, moved: undefined } };
    }
    if (report.status !== "gone" || this.#scope.transfer !== "move") return { report, ready: undefined };
    const moved = await this.#scope.moved.find(this.#scope.placing, path, await findRow(report));
    if (moved === undefined) return { report, ready: undefined };
    const { bytes, sha256, storageUri } = moved;
    const ready = { path, bytes, sha256, staged: undefined, moved: storageUri };
    return { report: { status: "present", path, bytes, sha256 }, ready };
  }

  /** Gives the bytes of one row their place, unless they have it or the row keeps others. */
  async #placeBytes(
    file: ReadyFile,
    about: {
      readonly document: ParsedRegistration;
      readonly existing: KnownBytes | undefined;
      /** Whether a row with other bytes keeps them. */
      readonly keeps: boolean;
    },
  ): Promise<{ readonly document: ParsedRegistration; readonly placedBytes: PlacedBytes }> {
    const { placing } = this.#scope;
    const { existing } = about;
    const { staged, moved, path } = file;
    if (staged === undefined) {
      const document = { ...about.document, storageUri: moved ?? fileUriFromPath(path) };
      return { document, placedBytes: { found: undefined } };
    }
    const { source, content, before } = staged;
    const { document, sniffed } = await describeContent(placing, about, { content, declaredType: null });
    const isOther = existing !== undefined && hasOtherBytes(existing, document);
    if (isOther && about.keeps) return { document, placedBytes: { found: undefined } };
    const same = isOther ? undefined : existing;
    const reused = same && (await findIntact(placing, same, content));
    const request = { basename: baseName(path) };
    const found: FoundContent = reused ?? (await placeAnew(placing, { request, document, content, sniffed }));
    this.#onPlaced(found);
    const { uri, placement } = found;
    const toRemove = before && { source, before, content, placement, uri };
    const lost = reused === undefined ? same?.storageUri : undefined;
    return { document: { ...document, storageUri: uri }, placedBytes: { found, lost, toRemove } };
  }

  async #findDocument(key: ParsedRegistration): Promise<KnownBytes | undefined> {
    const [row] = await this.#scope.context.sql.query(selectDocumentByKey(key));
    return row && documentFromRow(row);
  }

  async #findVariant(key: ParsedRegistration, name: string): Promise<KnownBytes | undefined> {
    const [row] = await this.#scope.context.sql.query(selectVariantByKey(key, name));
    return row && variantFromRow(row);
  }
}
