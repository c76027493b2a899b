import type { StorageUri } from "../../../core/storage-uri.ts";
import { runJobs } from "../../concurrency/run-jobs.ts";
import { withSlot } from "../../concurrency/slots.ts";
import { removeSource, type StoredSource } from "../../ingest/remove-source.ts";
import { LEASE_ATTEMPTS, leaseLost } from "../../leases/until-registered.ts";
import type { RegisteredItem } from "../../register/register.ts";
import { countHit, countIngested } from "../../telemetry/count-ingested.ts";
import { type BatchResult, type ImportRun, registerBatch } from "../import-batch.ts";
import type { ImportFinding } from "../import-options.ts";
import type { EntryBatch } from "../manifest/read-entries.ts";
import { createFinding, type NumberedOutcome } from "../prepare-outcome.ts";
import { notStored, type PlacedBytes, type PlacedName, type PlacedOutcome, placeOutcome } from "./place-outcome.ts";
import type { PlaceScope } from "./stage-listed-file.ts";

/**
 * Places the files of a batch and registers them where they are then, in the order of the lines. With `move` the files
 * go when all rows of the batch are durable: several lines may name the same one.
 */
export async function placeBatch(run: ImportRun, scope: PlaceScope, batch: EntryBatch): Promise<BatchResult> {
  const prepared: PlacedOutcome[] = [];
  const registered: (RegisteredItem | undefined)[] = [];
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

/** Outcomes that were placed, those of them that were registered, and the files that are to go. */
interface PlacedRound extends BatchResult {
  readonly prepared: readonly PlacedOutcome[];
  readonly toRemove: readonly FileToRemove[];
}

/** Places and registers outcomes; those whose lease somebody ended meanwhile start again. */
async function placeRound(
  run: ImportRun,
  scope: PlaceScope,
  outcomes: readonly NumberedOutcome[],
): Promise<PlacedRound> {
  const done = new Map<NumberedOutcome, Attempt>();
  let open = outcomes;
  for (let attempt = 1; attempt <= LEASE_ATTEMPTS && open.length > 0; attempt++) {
    for (const each of await tryRound(run, scope, open)) done.set(each.prepared.numbered, each);
    open = open.filter((each) => done.get(each)?.isLeaseLost === true);
  }
  for (const each of open) done.set(each, { prepared: notStored(each, leaseLost(each.outcome.artifactId)) });
  const attempts = outcomes.flatMap((each) => done.get(each) ?? []);
  return {
    prepared: attempts.map(({ prepared }) => prepared),
    registered: attempts.flatMap(({ registered }) => registered ?? []),
    toRemove: attempts.flatMap((each) => followUp(scope, each)),
  };
}

/** What became of an outcome. */
interface Attempt {
  readonly prepared: PlacedOutcome;
  /** Missing where it is not to be registered, or the import stops before. */
  readonly registered?: RegisteredItem | undefined;
  /** Its lease was gone before its row was there. */
  readonly isLeaseLost?: boolean;
}

async function tryRound(
  run: ImportRun,
  scope: PlaceScope,
  outcomes: readonly NumberedOutcome[],
): Promise<readonly Attempt[]> {
  const placed: PlacedName[] = [];
  await scope.removed.refresh();
  try {
    const prepared = await runJobs(outcomes, {
      jobs: scope.settings.jobs,
      work: (each) =>
        withSlot(scope.placing.slots, () => placeOutcome(scope, each, (found) => placed.push(found)), {
          signal: scope.signal,
        }),
    });
    const results = await registerBatch(
      run,
      prepared.flatMap(({ item }) => item ?? []),
    );
    let next = 0;
    return prepared.map((each) => {
      if (each.item === undefined) return { prepared: each };
      const isReached = next < results.length;
      const registered = results[next++];
      return { prepared: each, registered, isLeaseLost: isReached && registered === undefined };
    });
  } finally {
    for (const found of placed) await releaseLease(scope, found);
  }
}

/** Counts what was placed, and gives the files that are to go. */
function followUp({ placing }: PlaceScope, { prepared: of, registered: result }: Attempt): readonly FileToRemove[] {
  const { item, placedBytes, placedVariants } = of;
  if (item === undefined || result === undefined || result.outcome === "kept") return [];
  const { resolver, bytes: size } = item.registration;
  const placement = placedBytes?.found?.placement ?? "none";
  countHit(placing, { resolver, placement });
  countIngested(placing, { resolver, placement, bytes: size });
  const toRemove: FileToRemove[] = [];
  const follow = (bytes: PlacedBytes | undefined, row: { readonly storageUri: StorageUri } | undefined): void => {
    const { found, lost } = bytes ?? {};
    if (found === undefined || bytes?.toRemove === undefined) return;
    // What the row names are the bytes that stay.
    const uri = lost === undefined ? (row?.storageUri ?? found.uri) : found.uri;
    toRemove.push({ ...bytes.toRemove, uri, of });
  };
  follow(placedBytes, result.changedVariant?.record ?? result.record);
  result.variants.forEach((variant, index) => {
    if (variant.outcome === "kept") return;
    countHit(placing, { resolver, placement: placedVariants[index]?.found?.placement ?? "none" });
    follow(placedVariants[index], variant.record);
  });
  return toRemove;
}

/** The rows are there now, or will not come: nothing has to keep the bytes any more. */
async function releaseLease({ placing }: PlaceScope, { key, lease }: PlacedName): Promise<void> {
  const { inFlight } = placing.state;
  for (const [sha256, placed] of inFlight) if (placed === key) inFlight.delete(sha256);
  await lease?.release();
}
