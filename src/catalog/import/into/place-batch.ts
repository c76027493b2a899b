import type { SqlStatement } from "../../../ports/sql.ts";
import { runJobs } from "../../concurrency/run-jobs.ts";
import { withSlot } from "../../concurrency/slots.ts";
import { removeSource, type StoredSource } from "../../ingest/remove-source.ts";
import type { FoundContent } from "../../ingest/store-content.ts";
import { repointDocument, repointVariant } from "../../placing/placing-statements.ts";
import { dropQuietly } from "../../placing/stage-content.ts";
import type { RegisteredItem } from "../../register/register.ts";
import { type BatchResult, type ImportRun, registerBatch } from "../import-batch.ts";
import type { EntryBatch } from "../manifest/read-entries.ts";
import type { NumberedOutcome } from "../prepare-outcome.ts";
import { type PlacedBytes, type PlacedOutcome, placeOutcome } from "./place-outcome.ts";
import type { PlaceScope } from "./stage-listed-file.ts";

/**
 * Places the files of a batch and registers them where they are then, in the order of the lines. With `move` the files
 * go when all rows of the batch are durable: several lines may name the same one.
 */
export async function placeBatch(run: ImportRun, scope: PlaceScope, batch: EntryBatch): Promise<BatchResult> {
  const prepared: PlacedOutcome[] = [];
  const registered: RegisteredItem[] = [];
  const toRemove: StoredSource[] = [];
  for (const round of splitRounds(scope, batch)) {
    const done = await placeRound(run, scope, round);
    prepared.push(...done.prepared);
    registered.push(...done.registered);
    toRemove.push(...done.toRemove);
  }
  if (toRemove.length > 0) await run.pacer.flush();
  for (const each of toRemove) {
    const { sha256, bytes } = each.content;
    scope.moved.add(each.source, { storageUri: each.uri, bytes, sha256 });
    await removeSource(scope.placing, each);
  }
  return { prepared, registered };
}

/** A batch of placed outcomes. */
interface PlacedRound extends BatchResult {
  readonly prepared: readonly PlacedOutcome[];
  readonly toRemove: readonly StoredSource[];
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
): Promise<readonly StoredSource[]> {
  const toRemove: StoredSource[] = [];
  const moves: SqlStatement[] = [];
  const note = (
    placedBytes: PlacedBytes | undefined,
    repoint: (move: Parameters<typeof repointDocument>[1]) => void,
  ): void => {
    if (placedBytes?.found === undefined) return;
    if (placedBytes.lost !== undefined) repoint({ from: placedBytes.lost, to: placedBytes.found.uri, now });
    if (placedBytes.toRemove !== undefined) toRemove.push(placedBytes.toRemove);
  };
  let next = 0;
  for (const { item, placedBytes, placedVariants } of prepared) {
    const result = item && registered[next++];
    if (item === undefined || result === undefined || result.outcome === "kept") continue;
    const { resolver } = item.registration;
    const isHit = placedBytes?.found !== undefined && placedBytes.found.placement !== "stored";
    if (isHit) placing.telemetry.count("contentdownload_dedup_hits_total", { resolver });
    note(placedBytes, (move) => result.record && moves.push(repointDocument(result.record.id, move)));
    result.variants.forEach(({ outcome, record }, index) => {
      if (outcome !== "kept")
        note(placedVariants[index], (move) => record && moves.push(repointVariant(record.id, move)));
    });
  }
  if (moves.length > 0) await context.sql.batch(moves, { durable: false });
  return toRemove;
}

/** The rows are there now, or will not come: nothing has to hold the bytes any more. */
async function releaseHold({ placing }: PlaceScope, { key, hold }: FoundContent): Promise<void> {
  const { inFlight } = placing.state;
  for (const [sha256, held] of inFlight) if (held === key) inFlight.delete(sha256);
  if (hold !== undefined) await dropQuietly(placing, () => hold.release());
}
