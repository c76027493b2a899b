import { quote } from "../../core/messages/quote.ts";
import { isInsidePath } from "../../core/path.ts";
import { CatalogError } from "../../errors.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { OrderedPool, type OrderedSection } from "../concurrency/ordered-pool.ts";
import { CanonicalNames } from "../files/canonical-name.ts";
import { createOwnFiles } from "../files/own-files.ts";
import { SyncPacer } from "../import/sync-pacer.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { ensureOlderNames } from "../sources/older-names.ts";
import { RemovedBefore } from "../tombstones/removed-before.ts";
import { addElsewhere, addFile } from "./add-item.ts";
import type { AddOptions, AddSource, AddSummary } from "./add-options.ts";
import type { AddRun } from "./add-run.ts";
import { type AddSettings, parseAddOptions } from "./add-settings.ts";
import { AddTally } from "./add-tally.ts";
import { type InspectedSource, inspectSources } from "./inspect-sources.ts";
import { walkFiles } from "./walk-files.ts";

/** So many files for each busy one may wait to be registered after it: a large one must not hold up the rest. */
const WAITING_PER_JOB = 16;
/** So many at most, as each may hold a MiB. */
const MAX_WAITING = 256;

/**
 * Adds files, folders and bytes from elsewhere: bytes first, then rows, in the order in which the files come. What was
 * registered is durable when the call ends, also by an error or an abort.
 * @throws {TypeError | RangeError} for options that cannot be used
 * @throws {CatalogError} NOT_FOUND, PERMISSION, REFUSED for a source that cannot be added at all; NO_SPACE, READ_ONLY
 * and others when the root or the catalog can take no more
 */
export async function addSources(
  context: PlacingContext,
  sources: readonly AddSource[],
  options: AddOptions = {},
): Promise<AddSummary> {
  const settings = parseAddOptions(sources, options);
  options.signal?.throwIfAborted();
  const inspected = await inspectSources(context.fs, sources);
  for (const source of inspected) checkSource(context, source, settings);
  const tally = new AddTally(context.clock, { options, totals: totalsOf(inspected) });
  const pacer = context.sql && new SyncPacer({ sql: context.sql, clock: context.clock });
  const own = await createOwnFiles(context);
  const shared = { ...context, own };
  const names = new CanonicalNames(context);
  await ensureOlderNames(context);
  const removed = context.sql && (await openRemoved(context.sql, inspected, settings));
  const { signal } = options;
  const run = { context: shared, names, settings, tally, removed, signal, expectSync: () => pacer?.expect() };
  const pool = new OrderedPool({ jobs: settings.jobs, window: Math.min(settings.jobs * WAITING_PER_JOB, MAX_WAITING) });
  const spared = settings.into === "move" ? context.settings.configPath : undefined;
  // A walk leaves out the root as well: what is stored there is in the catalog already.
  const isOwn = (path: string): boolean => path === context.store.root || path === spared || own.holds(path);
  try {
    for await (const work of listWork(run, inspected, isOwn)) {
      options.signal?.throwIfAborted();
      await pool.start(work);
      await pacer?.pace();
    }
    await pool.drain();
  } catch (error) {
    await pool.whenIdle();
    // What has its row is worth keeping. If that fails too, the first error is the one that says why.
    await Promise.allSettled([context.sql?.sync()]);
    throw error;
  }
  // Not the pacer: rows may have come while it was at work.
  await context.sql?.sync();
  tally.reportProgress({ always: true });
  return tally.summarize();
}

/** What was removed on purpose, where a walk could come by it. */
async function openRemoved(
  sql: SqlEngine,
  sources: readonly InspectedSource[],
  { bringBack }: AddSettings,
): Promise<RemovedBefore | undefined> {
  const isWalk = sources.some(({ kind }) => kind === "folder");
  return isWalk && !bringBack ? RemovedBefore.open(sql) : undefined;
}

type Work = (section: OrderedSection) => Promise<() => void>;

async function* listWork(
  run: AddRun,
  sources: readonly InspectedSource[],
  isOwn: (path: string) => boolean,
): AsyncGenerator<Work> {
  for (const source of sources) {
    if (source.kind === "elsewhere") yield (section) => addElsewhere(run, source.source, section);
    else if (source.kind === "file") yield (section) => addFile(run, source, section);
    else yield* walkFolder(run, source, isOwn);
  }
}

async function* walkFolder(
  run: AddRun,
  folder: InspectedSource & { readonly kind: "folder" },
  isOwn: (path: string) => boolean,
): AsyncGenerator<Work> {
  const { resolver } = folder.meta;
  const meta = resolver === undefined ? {} : { resolver };
  for await (const entry of walkFiles(run.context.fs, folder.path, { name: folder.name, isOwn })) {
    switch (entry.kind) {
      case "file":
        yield (section) => addFile(run, { ...entry, meta, isWalked: true }, section);
        break;
      case "symlink":
      case "special":
      case "own":
        run.tally.skip(entry.kind);
        break;
      default: {
        const { kind, path, message: what } = entry;
        const message = what.startsWith("Cannot ") ? what : `Cannot add ${quote(path)}: ${what}`;
        yield async () => () => run.tally.fail({ kind, path, message });
      }
    }
  }
}

function checkSource(context: PlacingContext, source: InspectedSource, settings: AddSettings): void {
  if (source.kind === "elsewhere") return;
  const { path, kind } = source;
  if (kind === "folder" && !settings.recursive) {
    throw new TypeError(`Cannot add ${quote(path)}: it is a folder; set recursive to add what is in it`);
  }
  if (kind === "folder" && Object.keys(source.meta).some((field) => field !== "resolver")) {
    throw new TypeError(`Cannot add ${quote(path)}: an id, URL or content type belongs to one file, not to a folder`);
  }
  if (kind === "file" && source.isSymlink && settings.into === "move") {
    throw refused(path, "it was named by a symlink, which would lead nowhere", "Give the path of the file itself.");
  }
  if (settings.into !== "none" && isInsidePath(context.store.root, path)) {
    const hint = "What is stored there is in the catalog already; register other files where they lie, with none.";
    throw refused(path, "it lies in the storage root", hint);
  }
}

function refused(path: string, what: string, hint: string): CatalogError {
  return new CatalogError("REFUSED", `Cannot add ${quote(path)}: ${what}`, { details: { guard: "source" }, hint });
}

/** What will have been done at the end, if nothing has to be listed or fetched for it. */
function totalsOf(sources: readonly InspectedSource[]): { filesTotal?: number; bytesTotal?: number } {
  let bytesTotal = 0;
  for (const source of sources) {
    if (source.kind !== "file") return {};
    bytesTotal += source.sizeBytes;
  }
  return { filesTotal: sources.length, bytesTotal };
}
