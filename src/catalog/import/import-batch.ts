import type { DocumentKey } from "../../core/document.ts";
import type { ManifestEntry, ManifestOutcome } from "../../core/manifest/manifest-entry.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import { runJobs } from "../concurrency/run-jobs.ts";
import { withSlot } from "../concurrency/slots.ts";
import type { CatalogContext } from "../context.ts";
import { hashStored } from "../files/hash-stored.ts";
import { findByKeys } from "../find/find-by-keys.ts";
import { FileLeases } from "../leases/file-leases.ts";
import { LEASE_ATTEMPTS, leaseLost } from "../leases/until-registered.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import type { HashOf } from "../register/learn-hashes.ts";
import {
  type RegisteredItem,
  type RegisterItem,
  type RegisterItemsOptions,
  registerItems,
} from "../register/register.ts";
import { registerLeased } from "../register/register-leased.ts";
import { findLost, repointLost } from "../register/repoint-lost.ts";
import { rewriteOlderKeys } from "../register/rewrite-older-keys.ts";
import { REMOVED_MEANWHILE } from "../tombstones/take-back.ts";
import type { ImportedOutcome } from "./import-options.ts";
import type { ImportTally } from "./import-tally.ts";
import type { EntryBatch } from "./manifest/read-entries.ts";
import { passOverRemoved } from "./pass-over.ts";
import {
  examineOutcome,
  type NumberedOutcome,
  type PreparedOutcome,
  type PrepareScope,
  trustOutcome,
} from "./prepare-outcome.ts";
import type { SyncPacer } from "./sync-pacer.ts";

/** What an import works with from its first batch to its last. */
export interface ImportRun {
  /** The database, and what a catalog works with beside it. */
  readonly context: CatalogContext;
  /** How outcomes are examined. */
  readonly scope: PrepareScope;
  /** Counts what became of each line. */
  readonly tally: ImportTally;
  /** Says when the rows so far are made durable. */
  readonly pacer: SyncPacer;
  /** Where files may be that a collector could take. @default nowhere */
  readonly placing?: PlacingContext | undefined;
  /** Where blobs may be that rows name. */
  readonly store?: BlobStore | undefined;
  /** What is done with the outcomes of a batch. @default they are registered where they lie */
  readonly processBatch?: ((batch: EntryBatch) => Promise<BatchResult>) | undefined;
}

/** What became of the outcomes of a batch. */
export interface BatchResult {
  /** One an outcome; fewer when the import is to stop. */
  readonly prepared: readonly PreparedOutcome[];
  /** One a prepared item; fewer when the import is to stop. */
  readonly registered: readonly (RegisteredItem | undefined)[];
}

/**
 * Examines and registers the outcomes of a batch, then counts and reports line by line. Gives `false` when the import
 * is to stop: what `strict` asks for as soon as there is a finding.
 */
export async function importBatch(run: ImportRun, batch: EntryBatch): Promise<boolean> {
  await rewriteOlderKeys(run.context, batch.entries.map(givenKeyOf));
  return reportBatch(
    run,
    batch,
    await (run.processBatch === undefined ? registerInPlace(run, batch) : run.processBatch(batch)),
  );
}

/** Without a source URL there is none with secrets. */
function givenKeyOf(entry: ManifestEntry): DocumentKey | undefined {
  if (entry.kind !== "outcome" || entry.given === undefined || entry.given.sourceUrl === null) return undefined;
  return { ...entry.given, sourceUrl: entry.given.sourceUrl };
}

/** Files in the root have leases from before they are looked at; those whose lease was gone are looked at again. */
async function registerInPlace(run: ImportRun, batch: EntryBatch): Promise<BatchResult> {
  const first = await tryInPlace(run, batch);
  if (first === undefined) return registerOneByOne(run, batch);
  const registered = [...first.registered];
  for (let attempt = 1; registered.includes(undefined); attempt++) {
    const lost = first.selected[registered.indexOf(undefined)]?.item;
    if (attempt === LEASE_ATTEMPTS) throw leaseLost(lost?.registration.artifactId ?? "");
    const again = (await tryInPlace(run, batch)) ?? { prepared: [], selected: [], registered: [] };
    const byLine = new Map(again.selected.map(({ line }, at) => [line, again.registered[at]]));
    const lines = outcomesOf(batch).map(({ line }) => line);
    // What was removed on purpose meanwhile is passed over now.
    again.prepared.forEach(({ removedBefore }, at) => {
      if (removedBefore !== undefined) byLine.set(lines[at] ?? 0, REMOVED_MEANWHILE);
    });
    first.selected.forEach(({ line }, at) => {
      registered[at] ??= byLine.get(line);
    });
  }
  return { prepared: first.prepared, registered };
}

/** An item, and the line that it comes from. */
interface SelectedItem {
  readonly line: number;
  readonly item: RegisterItem;
}

/** Each line with leases of its own, up to the first with a finding. */
async function registerOneByOne(run: ImportRun, { entries, firstLine }: EntryBatch): Promise<BatchResult> {
  const prepared: PreparedOutcome[] = [];
  const registered: (RegisteredItem | undefined)[] = [];
  for (const [at, entry] of entries.entries()) {
    const one = await registerInPlace(run, { entries: [entry], firstLine: firstLine + at });
    prepared.push(...one.prepared);
    registered.push(...one.registered);
    const isReported = entry.kind === "damaged" || one.prepared.some(({ findings }) => findings.length > 0);
    if (isReported || one.registered.some(isChanged)) break;
  }
  return { prepared, registered };
}

/** `undefined` where lines that are registered one after the other would need one lease each. */
async function tryInPlace(
  run: ImportRun,
  batch: EntryBatch,
): Promise<(BatchResult & { readonly selected: readonly SelectedItem[] }) | undefined> {
  const { placing, scope } = run;
  // Who trusts the manifest looks at no file.
  if (placing === undefined || scope.settings.hash === "none") {
    const prepared = await prepare(run, batch);
    const selected = selectItems(run, batch, prepared);
    return { prepared, selected, registered: await registerBatch(run, itemsOf(selected)) };
  }
  const { names } = scope;
  const expectedRows = run.tally.estimateRest();
  const leases = await FileLeases.acquire({ ...placing, names, expectedRows }, listPaths(run, batch));
  try {
    let prepared = await prepare(run, batch);
    let selected = selectItems(run, batch, prepared);
    // What a symlink leads to in the root is known only now: it is looked at again with its lease.
    while (names.hasRoot && (await leases.add(itemsOf(selected).flatMap(urisOf)))) {
      prepared = await prepare(run, batch);
      selected = selectItems(run, batch, prepared);
    }
    if (scope.settings.strict && leases.areShared(itemsOf(selected).map(urisOf))) return undefined;
    const items = leases.isEmpty ? itemsOf(selected) : await addPlaces(run, leases, itemsOf(selected));
    return { prepared, selected, registered: await registerBatch(run, items) };
  } finally {
    await leases.release();
  }
}

function* listPaths({ scope }: ImportRun, { entries }: EntryBatch): Generator<string> {
  const { base } = scope;
  for (const entry of entries) {
    if (entry.kind !== "outcome") continue;
    yield base.resolve(entry.path);
    for (const { path } of entry.renderings) yield base.resolve(path);
  }
}

function urisOf({ registration, variants }: RegisterItem): readonly StorageUri[] {
  return [registration.storageUri, ...variants.map(({ storageUri }) => storageUri)];
}

async function addPlaces(
  { context, store }: ImportRun,
  leases: FileLeases,
  items: readonly RegisterItem[],
): Promise<readonly RegisterItem[]> {
  const placed: RegisterItem[] = [];
  const keys = items.map(({ registration }) => registration);
  const known = await findByKeys(context.sql, keys);
  for (const item of items) {
    const lost = await findLost({ ...context, store }, item, known);
    const place = { lease: leases.find(item.registration.storageUri), lost };
    const variantPlaces = item.variants.map(({ storageUri }) => ({ lease: leases.find(storageUri) }));
    placed.push({ ...item, place, variantPlaces });
  }
  return placed;
}

/** Examines outcomes, and passes over what was removed on purpose. */
async function prepare(run: ImportRun, batch: EntryBatch): Promise<readonly PreparedOutcome[]> {
  const { context, scope } = run;
  const outcomes = outcomesOf(batch);
  const prepared = await examine(run, outcomes);
  await scope.removed.refresh();
  return scope.removed.isEmpty ? prepared : passOverRemoved(context, scope, { outcomes, prepared });
}

function outcomesOf(batch: EntryBatch): readonly NumberedOutcome[] {
  const outcomes: NumberedOutcome[] = [];
  batch.entries.forEach((entry, index) => {
    if (entry.kind === "outcome") outcomes.push({ line: batch.firstLine + index, outcome: entry });
  });
  return outcomes;
}

async function examine(
  { context, scope }: ImportRun,
  outcomes: readonly NumberedOutcome[],
): Promise<readonly PreparedOutcome[]> {
  // Without files to wait for, promises would cost more than all the rest.
  if (scope.settings.hash === "none") {
    const trusted: PreparedOutcome[] = [];
    for (const each of outcomes) {
      const learning = learnFolders(scope, each.outcome);
      if (learning !== undefined) await learning;
      trusted.push(trustOutcome(scope, each));
    }
    return trusted;
  }
  const { signal, settings } = scope;
  const work = (each: NumberedOutcome): Promise<PreparedOutcome> =>
    withSlot(context.slots, () => examineOutcome(scope, each), { signal });
  return runJobs(outcomes, { jobs: settings.jobs, work });
}

/** Looks at folders that no line named before; mostly there are none. */
function learnFolders({ base, names }: PrepareScope, outcome: ManifestOutcome): Promise<void> | undefined {
  const { path, renderings } = outcome;
  const first = base.resolve(path);
  if (renderings.length === 0 && names.knows(first)) return undefined;
  const paths = [first, ...renderings.map((each) => base.resolve(each.path))];
  const unknown = paths.filter((each) => !names.knows(each));
  if (unknown.length === 0) return undefined;
  return (async () => {
    for (const each of unknown) await names.learn(each);
  })();
}

/** What is to be registered, in order: with `strict` only what stands before the first line with a finding. */
function selectItems(
  { scope }: ImportRun,
  batch: EntryBatch,
  prepared: readonly PreparedOutcome[],
): readonly SelectedItem[] {
  const selected: SelectedItem[] = [];
  let next = 0;
  for (const [at, entry] of batch.entries.entries()) {
    const outcome = entry.kind === "outcome" ? prepared[next++] : undefined;
    if (scope.settings.strict && (entry.kind === "damaged" || (outcome?.findings.length ?? 0) > 0)) break;
    if (outcome?.item !== undefined) selected.push({ line: batch.firstLine + at, item: outcome.item });
  }
  return selected;
}

function itemsOf(selected: readonly SelectedItem[]): readonly RegisterItem[] {
  return selected.map(({ item }) => item);
}

/**
 * Registers at once; with `strict` one by one, as nothing may follow an item that was there with other bytes. An item
 * that has to start again, as its lease was gone, is `undefined`.
 */
export async function registerBatch(
  run: ImportRun,
  items: readonly RegisterItem[],
): Promise<readonly (RegisteredItem | undefined)[]> {
  const { context, pacer, scope, tally } = run;
  const { settings, now, signal } = scope;
  const { onChange, into, hash } = settings;
  const expectedRows = tally.estimateRest();
  // What is placed was compared before; where no file may be touched, its place is all there is.
  const isRead = into === undefined && hash !== "none";
  const hashOf: HashOf = (uri, bytes) => hashStored({ ...context, store: run.store }, uri, { bytes, signal });
  const options: RegisterItemsOptions = {
    onChange,
    ...(into === undefined ? { proof: "place", names: scope.names, inPlace: "root" } : { proof: "hash" }),
    ...(isRead && { hashOf }),
    removedAfter: settings.bringBack ? undefined : scope.removed.lastId,
    ...{ durable: false, expectedRows, now, signal },
  };
  if (items.length > 0) pacer.expect();
  const register = async (some: readonly RegisterItem[]): Promise<readonly (RegisteredItem | undefined)[]> => {
    const isLeased = into !== undefined || some.some(({ place }) => place !== undefined);
    if (isLeased) return registerLeased(context, some, options);
    const registered = await registerItems(context, some, options);
    if (isRead) await repointLost({ ...context, store: run.store }, some, { registered, now });
    return registered;
  };
  if (!settings.strict) return items.length === 0 ? [] : register(items);
  const registered: (RegisteredItem | undefined)[] = [];
  for (const item of items) {
    const results = await register([item]);
    registered.push(...results);
    if (results.some(isChanged)) break;
  }
  return registered;
}

/** Whether the key was there with other bytes. */
function isChanged(item: RegisteredItem | undefined): boolean {
  return item?.contentChanged === true || item?.variants.some(({ contentChanged }) => contentChanged) === true;
}

function describeFile({ registration }: RegisterItem): Pick<ImportedOutcome, "artifactId" | "bytes"> {
  return { artifactId: registration.artifactId, bytes: registration.bytes };
}

function placingOf(
  { settings }: PrepareScope,
  outcome: PreparedOutcome | undefined,
): Pick<ImportedOutcome, "placement" | "moved"> {
  const { placement = "inPlace", leftovers = [] } = outcome ?? {};
  return { placement, moved: settings.into === "move" && leftovers.length === 0 };
}

function reportBatch({ scope, tally }: ImportRun, batch: EntryBatch, done: BatchResult): boolean {
  const { strict } = scope.settings;
  let nextPrepared = 0;
  let nextRegistered = 0;
  let line = batch.firstLine;
  for (const entry of batch.entries) {
    const outcome = entry.kind === "outcome" ? done.prepared[nextPrepared++] : undefined;
    const findings =
      entry.kind === "damaged" ? [{ kind: entry.kind, line, message: entry.reason }] : (outcome?.findings ?? []);
    tally.addLine(findings[0]?.kind === "damaged" ? "damaged" : entry.kind);
    for (const finding of findings) {
      tally.report(finding);
      if (strict) return false;
    }
    const item = outcome?.item;
    const result = item === undefined ? undefined : done.registered[nextRegistered++];
    const passed = result?.removedMeanwhile ? item?.registration : outcome?.removedBefore;
    if (passed !== undefined && entry.kind === "outcome") {
      tally.passOver({ line, path: entry.path, artifactId: passed.artifactId, bytes: passed.bytes });
    } else if (item !== undefined && result !== undefined) {
      const reported = tally.addRegistered(result, { item, line });
      if (entry.kind === "outcome")
        tally.tell(result, { ...describeFile(item), line, path: entry.path, ...placingOf(scope, outcome) });
      if (strict && reported > 0) return false;
    }
    for (const finding of outcome?.leftovers ?? []) {
      tally.report(finding);
      if (strict) return false;
    }
    line++;
  }
  return true;
}
