import { DOWNLOADER_SCHEMA_VERSION } from "../../core/manifest/downloader.ts";
import { createLineParser } from "../../core/manifest/parse-line.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { CatalogContext } from "../context.ts";
import { storelessError } from "../disabled.ts";
import { CanonicalNames } from "../files/canonical-name.ts";
import { KeptNames } from "../files/kept-names.ts";
import { createOwnFiles, type OwnFiles } from "../files/own-files.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { ensureOlderNames } from "../sources/older-names.ts";
import { RemovedBefore } from "../tombstones/removed-before.ts";
import { BaseDirectory } from "./base-directory.ts";
import { type ImportRun, importBatch } from "./import-batch.ts";
import type { ImportOptions, ImportSource, ImportSummary } from "./import-options.ts";
import { type ImportSettings, parseImportOptions } from "./import-settings.ts";
import { ImportTally } from "./import-tally.ts";
import { MovedFiles } from "./into/moved-files.ts";
import { placeBatch } from "./into/place-batch.ts";
import { type OpenManifest, openManifest } from "./manifest/manifest-source.ts";
import { readEntries } from "./manifest/read-entries.ts";
import { readLines } from "./manifest/read-lines.ts";
import type { PrepareScope } from "./prepare-outcome.ts";
import { SyncPacer } from "./sync-pacer.ts";

/** Outcomes that are registered in one step: enough to share its cost, few enough to stay small. */
const BATCH_OUTCOMES = 1000;

/** Where no file is looked at a step takes no time. */
const TRUSTED_BATCH_OUTCOMES = 4000;

/** Files that are placed in one step: what of it was not registered at a crash is found again, but not known. */
const PLACED_BATCH_OUTCOMES = 200;

/** With `strict` the files of a batch are read in vain when its first line has a finding. */
const STRICT_BATCH_OUTCOMES = 64;

/** What an import works with. */
export interface ImportContext extends CatalogContext {
  /** Needed for `into`; without, blobs of rows and files of the catalog are looked for by it. */
  readonly placing?: PlacingContext | undefined;
}

/**
 * Registers what a manifest lists, where it lies or, with `into`, where it is placed, in constant memory. What a line
 * gets wrong is reported and stops nothing; importing again changes nothing. What was registered is durable when the
 * call ends, also by an error or an abort.
 * @throws {TypeError | RangeError} for options that cannot be used
 * @throws {CatalogError} NOT_FOUND, PERMISSION, UNSUPPORTED, BACKEND when the manifest cannot be read; UNSUPPORTED for
 * `into` without a store; and what the SQL engine and the store throw
 */
export async function importManifest(
  context: ImportContext,
  source: ImportSource,
  options: ImportOptions = {},
): Promise<ImportSummary> {
  const settings = parseImportOptions(source, options);
  const { format, hash, into } = settings;
  if (into !== undefined && context.placing === undefined) throw storelessError();
  return context.telemetry.span("catalog.import", { format, hash }, async () => {
    options.signal?.throwIfAborted();
    // A catalog that is disabled refuses before anything is placed.
    if (into !== undefined) await context.sql.describe();
    const { clock, closing } = context;
    const manifest = await openManifest(context.fs, source, { signal: options.signal, waiting: { clock, closing } });
    try {
      const tally = new ImportTally(context.clock, options);
      const own = context.placing && (await createOwnFiles(context.placing));
      const scope = await createScope(context, { settings, options, tally, own });
      if (into !== undefined && context.placing !== undefined) await ensureOlderNames(context.placing);
      const run = await createRun(context, { scope, tally });
      await importLines(run, manifest, options);
      return tally.summarize();
    } finally {
      await manifest.close();
    }
  });
}

async function createRun(
  context: ImportContext,
  { scope, tally }: { readonly scope: PrepareScope; readonly tally: ImportTally },
): Promise<ImportRun> {
  const { placing } = context;
  const run: ImportRun = { context, scope, tally, pacer: new SyncPacer(context), placing, store: placing?.store };
  const { own } = scope;
  const { into } = scope.settings;
  if (into === undefined || placing === undefined || own === undefined) return run;
  const places = { ...scope, context, placing, transfer: into, moved: new MovedFiles(), own };
  return { ...run, processBatch: (batch) => placeBatch(run, places, batch) };
}

async function createScope(
  context: ImportContext,
  about: {
    readonly settings: ImportSettings;
    readonly options: ImportOptions;
    readonly tally: ImportTally;
    readonly own: OwnFiles | undefined;
  },
): Promise<PrepareScope> {
  const { settings, options, tally, own } = about;
  const base = await BaseDirectory.open(context.fs, settings.baseDir);
  const store = context.placing?.store;
  const names = new CanonicalNames({ fs: context.fs, store }, base.folders);
  return {
    context,
    base,
    names,
    // Of what is to be stored the own files tell.
    kept: settings.into === undefined ? new KeptNames({ fs: context.fs, store }, names) : undefined,
    allowOutside: settings.allowOutside,
    own,
    settings,
    now: formatTimestamp(context.clock.now()),
    removed: await RemovedBefore.open(context.sql),
    signal: options.signal,
    onBytes: (bytes) => tally.addHashed(bytes),
    onFile: () => tally.addHashedFile(),
  };
}

async function importLines(run: ImportRun, manifest: OpenManifest, options: ImportOptions): Promise<void> {
  const { context, scope, tally, pacer } = run;
  const { format, resolver } = scope.settings;
  const onNewerSchema = createSchemaWarning(context, manifest);
  const parse = createLineParser({ format, fields: options.fields, resolver, onNewerSchema });
  const lines = readLines(countBytes(manifest, tally), { name: manifest.name });
  try {
    for await (const batch of readEntries(lines, { parse, maxOutcomes: batchSize(scope.settings) })) {
      options.signal?.throwIfAborted();
      if (!(await importBatch(run, batch))) {
        tally.stop();
        break;
      }
      tally.reportProgress();
      await pacer.pace();
    }
  } catch (error) {
    // What was applied is worth keeping. If that fails too, the first error is the one that says why.
    await Promise.allSettled([pacer.flush()]);
    throw error;
  }
  await pacer.flush();
  tally.reportProgress({ always: true });
}

function batchSize({ strict, hash, into }: ImportSettings): number {
  // Nothing may be placed behind a finding.
  if (into !== undefined) return strict ? 1 : PLACED_BATCH_OUTCOMES;
  if (strict) return STRICT_BATCH_OUTCOMES;
  return hash === "none" ? TRUSTED_BATCH_OUTCOMES : BATCH_OUTCOMES;
}

async function* countBytes(manifest: OpenManifest, tally: ImportTally): AsyncGenerator<Uint8Array> {
  tally.expectBytes(manifest.sizeBytes);
  for await (const chunk of manifest.chunks) {
    tally.addRead(chunk.byteLength);
    yield chunk;
  }
}

/** Newer lines are read like the known ones, as the downloader adds fields and keeps what is there; said once. */
function createSchemaWarning({ logger }: CatalogContext, { name }: OpenManifest): (version: number) => void {
  let warned = false;
  return (version) => {
    if (warned) return;
    warned = true;
    const fields = { manifest: name, schema_version: version, supported: DOWNLOADER_SCHEMA_VERSION };
    logger.log("warn", "The manifest has a newer schema than is known; it is read as far as that goes", fields);
  };
}
