import type { StorageUri } from "../../../core/storage-uri.ts";
import type { SqlStatement } from "../../../ports/sql.ts";
import { runJobs } from "../../concurrency/run-jobs.ts";
import { withSlot } from "../../concurrency/slots.ts";
import type { FoundContent } from "../../ingest/find-or-place.ts";
import { removeSource, type StoredSource } from "../../ingest/remove-source.ts";
import { repointDocument, repointVariant } from "../../placing/placing-statements.ts";
import { dropQuietly } from "../../placing/stage-content.ts";
import type { RegisteredItem } from "../../register/register.ts";
import { type BatchResult, type ImportRun, registerBatch } from "../import-batch.ts";
import type { ImportFinding } from "../import-options.ts";
import type { EntryBatch } from "../manifest/read-entries.ts";
import { createFinding, type NumberedOutcome } from "../prepare-outcome.ts";
import { type PlacedBytes, type PlacedOutcome, placeOutcome } from "./place-outcome.ts";
import type { PlaceScope } from "./stage-listed-file.ts";

/**
 * Places the files of a batch and registers them where they are then, in the order of the lines. With `move` the files
 * go when all rows of the batch are durable: several lines may name the same one.
 */
export async function placeBatch(run: ImportRun, scope: PlaceScope, batch: EntryBatch): Promise<BatchResult> {
  const prepared: PlacedOutcome[] = [];
  const registered: RegisteredItem[] = [];
  const toRemove: FileToRemove[] = [];
  for (const round of splitRounds(scope, batch)) {
    const done = await placeRound(run, scope, round);
    prepared.push(...done.prepared);
    registered.push(...done.registered);
    toRemove.push(...done.toRemove);
  }
  if (toRemove.length > 0) await run.pacer.flush();
  const kept = await removeSources(scope, toRemove);
  return { prepared: prepared.map((each) => ({ ...each, leftovers: kept.get(each) })), registered };
}

/** A file that is to go, and the outcome that names it. */
interface FileToRemove extends StoredSource {
  readonly of: PlacedOutcome;
}

/** Removes files whose rows are durable; gives the findings about those that are still there. */
async function removeSources(
  scope: PlaceScope,
  toRemove: readonly FileToRemove[],
): Promise<ReadonlyMap<PlacedOutcome, readonly ImportFinding[]>> {
  const kept = new Map<PlacedOutcome, ImportFinding[]>();
  for (const each of toRemove) {
    const { source, content, uri, of } = each;
    scope.moved.add(source, { storageUri: uri, bytes: content.bytes, sha256: content.sha256 });
    const reason = await removeSource(scope.placing, each);
    if (reason === undefined) continue;
    const { line, outcome } = of.numbered;
    const finding = createFinding({ kind: "kept", line, outcome, path: source, reason: `was kept: it ${reason}` });
    kept.set(of, [...(kept.get(of) ?? []), finding]);
  }
  return kept;
}

/** A batch of placed outcomes. */
interface PlacedRound extends BatchResult {
  readonly prepared: readonly PlacedOutcome[];
  readonly toRemove: readonly FileToRemove[];
}

/**
 * Outcomes in order, in parts in which no key and no file comes twice: whether bytes are stored depends on what the key
 * has, and where a file is on what was found out about it.
 */
function splitRounds({ settings, base }: PlaceScope, batch: EntryBatch): readonly (readonly NumberedOutcome[])[] {
  const rounds: NumberedOutcome[][] = [[]];
  let keys = new Set<string>();
  for (const [index, entry] of batch.entries.entries()) {
    // Nothing behind it may be stored.
    if (entry.kind === "damaged" && settings.strict) break;
    if (entry.kind !== "outcome") continue;
    const { artifactId, sourceUrl, resolver, path } = entry;
    const file = base.resolve(path);
    const key = JSON.stringify([artifactId, sourceUrl ?? file, resolver]);
    if (keys.has(key) || keys.has(file)) {
      rounds.push([]);
      keys = new Set();
    }
    keys.add(key).add(file);
    rounds.at(-1)?.push({ line: batch.firstLine + index, outcome: entry });
  }
  return rounds;
}

async function placeRound(
  run: ImportRun,
  scope: PlaceScope,
  outcomes: readonly NumberedOutcome[],
): Promise<PlacedRound> {
  const placed: FoundContent[] = [];
  try {
    const prepared = await runJobs(outcomes, {
      jobs: scope.settings.jobs,
      work: (each) =>
        withSlot(scope.placing.slots, () => placeOutcome(scope, each, (found) => placed.push(found)), {
          signal: scope.signal,
        }),
    });
    const items = prepared.flatMap(({ item }) => item ?? []);
    const registered = await registerBatch(run, items);
    return { prepared, registered, toRemove: await followUp(scope, prepared, registered) };
  } finally {
    for (const found of placed) await releaseHold(scope, found);
  }
}

/** Points rows whose bytes were lost to where they are now, counts, and gives the files that are to go. */
async function followUp(
  { context, now, placing }: PlaceScope,
  prepared: readonly PlacedOutcome[],
  registered: readonly RegisteredItem[],
): Promise<readonly FileToRemove[]> {
  const toRemove: FileToRemove[] = [];
  const moves: SqlStatement[] = [];
  let next = 0;
  for (const of of prepared) {
    const { item, placedBytes, placedVariants } = of;
    const result = item && registered[next++];
    if (item === undefined || result === undefined || result.outcome === "kept") continue;
    const { resolver } = item.registration;
    const isHit = placedBytes?.found !== undefined && placedBytes.found.placement !== "stored";
    if (isHit) placing.telemetry.count("contentdownload_dedup_hits_total", { resolver });
    const { record, changedVariant } = result;
    const row: NamedRow | undefined = changedVariant
      ? { record: changedVariant.record, repoint: repointVariant }
      : record && { record, repoint: repointDocument };
    const follow = (bytes: PlacedBytes | undefined, named: NamedRow | undefined): void => {
      const { found, lost } = bytes ?? {};
      if (found === undefined) return;
      if (lost !== undefined && named) moves.push(named.repoint(named.record.id, { from: lost, to: found.uri, now }));
      // What the row names are the bytes that stay.
      const uri = lost === undefined ? (named?.record.storageUri ?? found.uri) : found.uri;
      if (bytes?.toRemove !== undefined) toRemove.push({ ...bytes.toRemove, uri, of });
    };
    follow(placedBytes, row);
    result.variants.forEach((variant, index) => {
      if (variant.outcome === "kept") return;
      follow(placedVariants[index], variant.record && { record: variant.record, repoint: repointVariant });
    });
  }
  if (moves.length > 0) await context.sql.batch(moves, { durable: false });
  return toRemove;
}

/** A row that was there, and how it is pointed elsewhere. */
interface NamedRow {
  readonly record: { readonly id: number; readonly storageUri: StorageUri };
  readonly repoint: (id: number, move: Parameters<typeof repointDocument>[1]) => SqlStatement;
}

/** The rows are there now, or will not come: nothing has to hold the bytes any more. */
async function releaseHold({ placing }: PlaceScope, { key, hold }: FoundContent): Promise<void> {
  const { inFlight } = placing.state;
  for (const [sha256, held] of inFlight) if (held === key) inFlight.delete(sha256);
  if (hold !== undefined) await dropQuietly(placing, () => hold.release());
}
