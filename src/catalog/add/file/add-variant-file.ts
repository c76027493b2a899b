import type { DocumentRecord, VariantRecord } from "../../../core/document.ts";
import { asCatalogError } from "../../../core/messages/file-error.ts";
import { quote } from "../../../core/messages/quote.ts";
import { changedVariant } from "../../../core/outcome.ts";
import { baseName } from "../../../core/path.ts";
import { formatTimestamp, type Timestamp } from "../../../core/timestamp.ts";
import { CatalogError } from "../../../errors.ts";
import type { SqlResult, SqlStatement } from "../../../ports/sql.ts";
import { withSlot } from "../../concurrency/slots.ts";
import { hashFile, KEPT_REASON } from "../../files/hash-file.ts";
import { KeptNames } from "../../files/kept-names.ts";
import { createOwnFiles } from "../../files/own-files.ts";
import { getById } from "../../find/find.ts";
import { type FoundContent, findOrPlace, type PlacementResult } from "../../ingest/find-or-place.ts";
import { removeSource, type SeenFile } from "../../ingest/remove-source.ts";
import { describeContent } from "../../ingest/store-content.ts";
import { unlessVariant } from "../../leases/lease-statements.ts";
import { untilRegistered } from "../../leases/until-registered.ts";
import { leaveLost } from "../../ledger/row-changes.ts";
import { findPinOfVariant } from "../../pins/find-pins.ts";
import { pinnedError } from "../../pins/pinned-error.ts";
import { repointVariant } from "../../placing/placing-statements.ts";
import { dropQuietly, type StagedContent } from "../../placing/stage-content.ts";
import { stageFile, type Transfer } from "../../placing/stage-file.ts";
import { variantFromRow } from "../../records/rows.ts";
import { type SourceRows, sourceFacts } from "../../sources/source-rows.ts";
import { takeOtherBytes, tookOtherBytes } from "../../sources/variant-statements.ts";
import { countHit } from "../../telemetry/count-ingested.ts";
import { insertVariantById, selectVariantById, selectVariantByName } from "../../variants/variants-statements.ts";
import type { AddedItem } from "../add-tally.ts";
import type { FileRun, FileToAdd } from "./add-known-file.ts";

/**
 * Adds a file whose bytes are those of a variant, as an import registered it: its document gets no second row. Mostly it
 * is one; of several the first that has these bytes will do, and if none has them, it is a change of each.
 */
export async function addVariantFile(run: FileRun, file: FileToAdd, known: SourceRows): Promise<AddedItem> {
  const [variant, ...more] = known.variants;
  if (variant === undefined) throw new TypeError("Cannot add the file of a variant: there is none");
  if (more.length === 0) return addToVariant(run, file, { known, variant });
  const { into } = run.settings;
  // The file is needed until the last of them has its bytes.
  const gentle = { ...run, settings: { ...run.settings, into: into === "move" ? "copy" : into } };
  let item = await addToVariant(gentle, file, { known, variant });
  let last = variant;
  for (const each of more) {
    if (!item.contentChanged) break;
    const other = await addToVariant(gentle, file, { known, variant: each });
    if (other.contentChanged) continue;
    item = other;
    last = each;
  }
  if (into !== "move" || item.outcome === "kept") return item;
  const { sourceKept } = await addToVariant(run, file, { known, variant: last });
  return { ...item, ...(sourceKept !== undefined && { sourceKept }) };
}

async function addToVariant(
  run: FileRun,
  file: FileToAdd,
  { known, variant }: Pick<VariantFile, "known" | "variant">,
): Promise<AddedItem> {
  const document = await getById(run.context, variant.documentId, { signal: run.signal });
  const { into } = run.settings;
  // It lies where it is registered, and is to stay there.
  if (into === "none") return compareInPlace(run, file, { document, variant });
  const adder = new VariantAdder(run, file, { document, variant, known, transfer: into });
  return withSlot(run.context.slots, () => adder.add(), { signal: run.signal });
}

/** Looks whether a file that is a variant where it lies is what it was; if not, it is a change. */
async function compareInPlace(
  { context, settings, names, signal }: FileRun,
  { path }: FileToAdd,
  { document: record, variant }: Pick<VariantFile, "document" | "variant">,
): Promise<AddedItem> {
  const { sha256: known } = variant;
  const kept = new KeptNames(context, names);
  const stat = await context.fs.stat(path);
  const options = { signal, isKept: () => kept.isKept(path) };
  const hashed = known === null ? undefined : await hashFile(context, path, options);
  if (hashed?.stable === false) throw unstable(path, hashed.reason);
  const bytes = hashed?.sizeBytes ?? stat?.sizeBytes ?? 0;
  if (hashed === undefined && !(await kept.isContent(path, bytes))) throw unstable(path, KEPT_REASON);
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
  const bytesNow = { storageUri, contentType, ...offered };
  const replacement = { record, variant, bytes: bytesNow, now, casStart: context.root?.casStart };
  await refusePinned(context, variant, await context.sql.batch(takeOtherBytes(replacement)));
  return { record, outcome: "replaced", contentChanged: true, offered, placement, bytes };
}

function unstable(path: string, reason: string): CatalogError {
  return new CatalogError("CONFLICT", `Cannot add ${quote(path)}: ${reason}`, {
    details: { reason },
    hint: "Wait until whoever writes it is done, and try again.",
  });
}

/** Names the pin that kept a variant from taking other bytes, if one did. */
async function refusePinned(
  { sql }: Pick<FileRun["context"], "sql">,
  { id, variant, documentId }: VariantRecord,
  results: readonly SqlResult[],
): Promise<void> {
  if (tookOtherBytes(results)) return;
  const pin = await findPinOfVariant(sql, id);
  if (pin !== undefined)
    throw pinnedError(`replace the bytes of variant ${quote(variant)} of document ${documentId}`, pin);
}

/** Points a variant to where its bytes are now, as those that it named are gone or damaged. */
function repointLost(
  id: number,
  move: Parameters<typeof repointVariant>[1] & { readonly now: Timestamp },
): readonly SqlStatement[] {
  return [repointVariant(id, move), ...leaveLost(move.from, move.to, move.now)];
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
      const { placed, item } = await untilRegistered(this.#about.document.artifactId, () => this.#tryToAdd(content));
      const { resolver } = this.#about.document;
      countHit(context, { resolver, placement: placed.found?.placement ?? "none" });
      if (transfer !== "move" || placed.found === undefined) return item;
      const { uri, placement } = placed.found;
      const stored = { source: path, before, content, placement, uri };
      const sourceKept = await removeSource(context, stored);
      return { ...item, ...(sourceKept !== undefined && { sourceKept }) };
    } finally {
      await dropQuietly(context, () => content.staging.drop());
    }
  }

  /** Places the bytes and registers by the lease of their place; `undefined` when that was gone by then. */
  async #tryToAdd(
    content: StagedContent,
  ): Promise<{ readonly placed: PlacementResult; readonly item: AddedItem } | undefined> {
    const { context } = this.#run;
    const [row] = await context.sql.query(selectVariantById(this.#about.variant.id));
    const variant = row === undefined ? this.#about.variant : variantFromRow(row);
    const placed = await this.#place(content, variant);
    const { found } = placed;
    if (found === undefined) return { placed, item: this.#keep(placed) };
    try {
      const item = await this.#register({ ...placed, found }, variant);
      return item && { placed, item };
    } finally {
      const { sha256 } = placed.content;
      if (sha256 !== null && context.state.inFlight.get(sha256) === found.key) context.state.inFlight.delete(sha256);
      await found.lease?.release();
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

  async #place(content: StagedContent, variant: VariantRecord): Promise<PlacementResult> {
    const { context, settings, signal } = this.#run;
    const { document: record, known, transfer } = this.#about;
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

  #keep({ content: { bytes, sha256 } }: PlacementResult): AddedItem {
    const { document: record } = this.#about;
    const offered = { bytes, sha256 };
    return { record, outcome: "kept", contentChanged: true, offered, placement: "none", bytes };
  }

  /** `undefined` if the lease was gone. */
  async #register(
    placed: PlacementResult & { readonly found: FoundContent },
    variant: VariantRecord,
  ): Promise<AddedItem | undefined> {
    const { context, settings } = this.#run;
    const { document: record, known } = this.#about;
    const { content, document, found, lost } = placed;
    const { bytes, sha256 } = content;
    const { placement } = found;
    const now = formatTimestamp(context.clock.now());
    const lease = found.lease?.id;
    const facts = sourceFacts(known.file, { ...document, key: record, variant: variant.variant, lease, now });
    if (placed.row !== undefined && placed.row.record.sha256 === sha256) {
      const repoint = lost === undefined ? [] : repointLost(variant.id, { from: lost, to: found.uri, lease, now });
      const done = await this.#write(found, { statements: [...facts, ...repoint], variant: variant.variant });
      return done && { record, outcome: "found", contentChanged: false, placement, bytes };
    }
    const offered = { bytes, sha256 };
    if (settings.onChange === "replace") {
      const replacement = { record, variant, bytes: document, now, lease, casStart: context.root?.casStart };
      const statements = [...takeOtherBytes(replacement), ...facts];
      const done = await this.#write(found, { statements, variant: variant.variant });
      if (done !== undefined) await refusePinned(context, variant, done);
      return done && { record, outcome: "replaced", contentChanged: true, offered, placement, bytes };
    }
    const filed = changedVariant(document);
    const look = selectVariantByName(record.id, filed.variant);
    const statements = [insertVariantById(record.id, filed, { lease }), ...facts, look];
    const done = await this.#write(found, { statements, variant: filed.variant });
    const [row] = done?.at(-1)?.rows ?? [];
    const change = { record, outcome: "variant", contentChanged: true, offered, placement, bytes } as const;
    return done && { ...change, ...(row && { variant: variantFromRow(row) }) };
  }

  /** Runs statements that are conditional on the lease of a place, and ends it; `undefined` if it was gone. */
  async #write(
    { lease, uri }: FoundContent,
    { statements, variant }: { readonly statements: readonly SqlStatement[]; readonly variant: string },
  ): Promise<readonly SqlResult[] | undefined> {
    const ending = lease?.ending(unlessVariant(this.#about.document, { variant, storageUri: uri })) ?? [];
    const results = await this.#run.context.sql.batch([...statements, ...ending]);
    lease?.end();
    // The last statement that ends it says whether it was there.
    if (ending.length > 0 && results.at(-1)?.changes === 0) return undefined;
    return results.slice(0, statements.length);
  }
}
