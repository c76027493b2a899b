import type { DocumentRecord, VariantRecord } from "../../../core/document.ts";
import { asCatalogError } from "../../../core/messages/file-error.ts";
import { quote } from "../../../core/messages/quote.ts";
import { changedVariant } from "../../../core/outcome.ts";
import { baseName } from "../../../core/path.ts";
import { formatTimestamp } from "../../../core/timestamp.ts";
import { CatalogError } from "../../../errors.ts";
import type { SqlStatement } from "../../../ports/sql.ts";
import { withSlot } from "../../concurrency/slots.ts";
import { hashFile } from "../../files/hash-file.ts";
import { createOwnFiles } from "../../files/own-files.ts";
import { getById } from "../../find/find.ts";
import { findOrPlace, type PlacementResult } from "../../ingest/find-or-place.ts";
import { removeSource, type SeenFile } from "../../ingest/remove-source.ts";
import { describeContent } from "../../ingest/store-content.ts";
import { repointVariant } from "../../placing/placing-statements.ts";
import { dropQuietly, type StagedContent } from "../../placing/stage-content.ts";
import { stageFile, type Transfer } from "../../placing/stage-file.ts";
import { variantFromRow } from "../../records/rows.ts";
import { type SourceRows, sourceFacts } from "../../sources/source-rows.ts";
import { recordVariantReplacement, replaceVariant } from "../../sources/variant-statements.ts";
import { insertVariantById, selectVariantByName } from "../../variants/variants-statements.ts";
import type { AddedItem } from "../add-tally.ts";
import type { FileRun, FileToAdd } from "./add-known-file.ts";

/** Adds a file whose bytes are those of a variant, as an import registered it: its document gets no second row. */
export async function addVariantFile(run: FileRun, file: FileToAdd, known: SourceRows): Promise<AddedItem> {
  const [variant] = known.variants;
  if (variant === undefined) throw new TypeError("Cannot add the file of a variant: there is none");
  const document = await getById(run.context, variant.documentId, { signal: run.signal });
  const { into } = run.settings;
  // It lies where it is registered, and is to stay there.
  if (into === "none") return compareInPlace(run, file, { document, variant });
  const adder = new VariantAdder(run, file, { document, variant, known, transfer: into });
  return withSlot(run.context.slots, () => adder.add(), { signal: run.signal });
}

/** Looks whether a file that is a variant where it lies is what it was; if not, it is a change. */
async function compareInPlace(
  { context, settings, signal }: FileRun,
  { path }: FileToAdd,
  { document: record, variant }: Pick<VariantFile, "document" | "variant">,
): Promise<AddedItem> {
  const { sha256: known } = variant;
  const stat = await context.fs.stat(path);
  const hashed = known === null ? undefined : await hashFile(context, path, { signal });
  if (hashed?.stable === false) throw unstable(path, hashed.reason);
  const bytes = hashed?.sizeBytes ?? stat?.sizeBytes ?? 0;
  const placement = "inPlace";
  // Without a hash on record only the size can say that it is another one.
  const isSame = hashed === undefined ? variant.bytes === null || variant.bytes === bytes : hashed.sha256 === known;
  if (isSame) return { record, outcome: "found", contentChanged: false, placement, bytes };
  const offered = { bytes, sha256: hashed?.sha256 ?? null };
  if (settings.onChange !== "replace") {
    return { record, outcome: "kept", contentChanged: true, offered, placement: "none", bytes };
  }
  const { storageUri, contentType } = variant;
  const now = formatTimestamp(context.clock.now());
  const replacement = { record, variant, bytes: { storageUri, contentType, ...offered }, now };
  await context.sql.batch([recordVariantReplacement(replacement), replaceVariant(replacement)]);
  return { record, outcome: "replaced", contentChanged: true, offered, placement, bytes };
}

function unstable(path: string, reason: string): CatalogError {
  return new CatalogError("CONFLICT", `Cannot add ${quote(path)}: ${reason}`, {
    details: { reason },
    hint: "Wait until whoever writes it is done, and try again.",
  });
}

/** Which variant a file is, and how it comes in. */
interface VariantFile {
  readonly document: DocumentRecord;
  readonly variant: VariantRecord;
  readonly known: SourceRows;
  readonly transfer: Transfer;
}

class VariantAdder {
  readonly #run: FileRun;
  readonly #file: FileToAdd;
  readonly #about: VariantFile;

  constructor(run: FileRun, file: FileToAdd, about: VariantFile) {
    this.#run = run;
    this.#file = file;
    this.#about = about;
  }

  async add(): Promise<AddedItem> {
    const { context, signal } = this.#run;
    const { path } = this.#file;
    const { transfer } = this.#about;
    const before = await this.#look();
    const content = await stageFile(context, path, { name: path, transfer, signal });
    try {
      const placed = await this.#place(content);
      const item = await this.#register(placed);
      if (transfer !== "move" || placed.found === undefined) return item;
      const { uri, placement } = placed.found;
      const stored = { source: path, before, content, placement, uri };
      const sourceKept = await removeSource(context, stored);
      return { ...item, ...(sourceKept !== undefined && { sourceKept }) };
    } finally {
      await dropQuietly(context, () => content.staging.drop());
    }
  }

  async #look(): Promise<SeenFile> {
    const { context } = this.#run;
    const { path } = this.#file;
    const seenMs = context.clock.now();
    try {
      const stat = await context.fs.lstat(path);
      if (stat === undefined) throw Object.assign(new Error("there is no such file"), { code: "ENOENT" });
      const own = context.own ?? (await createOwnFiles(context));
      await own.refuse(path, stat, { verb: "store", transfer: this.#about.transfer });
      return { stat, seenMs };
    } catch (error) {
      throw asCatalogError(error, { verb: "add", path });
    }
  }

  async #place(content: StagedContent): Promise<PlacementResult> {
    const { context, settings, signal } = this.#run;
    const { document: record, variant, known, transfer } = this.#about;
    const document = { ...record, contentType: variant.contentType };
    const described = await describeContent(context, { document }, { content, declaredType: null });
    return findOrPlace(context, {
      ...described,
      content,
      basename: baseName(this.#file.name),
      row: { table: "variants", record: variant },
      onChange: settings.onChange,
      isLast: transfer === "move",
      lying: known.file.names,
      signal,
    });
  }

  async #register(placed: PlacementResult): Promise<AddedItem> {
    const { context, settings } = this.#run;
    const { document: record, variant, known } = this.#about;
    const { content, document, found } = placed;
    const { bytes, sha256 } = content;
    const offered = { bytes, sha256 };
    if (found === undefined) {
      return { record, outcome: "kept", contentChanged: true, offered, placement: "none", bytes };
    }
    try {
      const isSame = placed.row !== undefined && placed.row.record.sha256 === sha256;
      const now = formatTimestamp(context.clock.now());
      const facts = sourceFacts(known.file, { ...document, key: record, variant: variant.variant, now });
      const { placement } = found;
      if (isSame) {
        const repoint =
          placed.lost === undefined ? [] : [repointVariant(variant.id, { from: placed.lost, to: found.uri })];
        await context.sql.batch([...facts, ...repoint]);
        return { record, outcome: "found", contentChanged: false, placement, bytes };
      }
      if (settings.onChange === "replace") {
        const replacement = { record, variant, bytes: { ...document }, now };
        await context.sql.batch([recordVariantReplacement(replacement), replaceVariant(replacement), ...facts]);
        return { record, outcome: "replaced", contentChanged: true, offered, placement, bytes };
      }
      const filed = changedVariant(document);
      const statements: SqlStatement[] = [
        insertVariantById(record.id, filed),
        ...facts,
        selectVariantByName(record.id, filed.variant),
      ];
      const row = (await context.sql.batch(statements)).at(-1)?.rows[0];
      const change = { record, outcome: "variant", contentChanged: true, offered, placement, bytes } as const;
      return { ...change, ...(row && { variant: variantFromRow(row) }) };
    } finally {
      if (sha256 !== null && context.state.inFlight.get(sha256) === found.key) context.state.inFlight.delete(sha256);
      await found.hold?.release();
    }
  }
}
