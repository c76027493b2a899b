import { DOWNLOADER_SCHEMA_VERSION } from "../core/manifest/downloader.ts";
import { createLineParser } from "../core/manifest/parse-line.ts";
import { formatTimestamp } from "../core/timestamp.ts";
import type { CatalogContext } from "./context.ts";
import { BaseDirectory } from "./import/base-directory.ts";
import { type ImportRun, importBatch } from "./import/import-batch.ts";
import type { ImportOptions, ImportSource, ImportSummary } from "./import/import-options.ts";
import { type ImportSettings, parseImportOptions } from "./import/import-settings.ts";
import { ImportTally } from "./import/import-tally.ts";
import { type OpenManifest, openManifest } from "./import/manifest-source.ts";
import type { PrepareScope } from "./import/prepare-outcome.ts";
import { readEntries } from "./import/read-entries.ts";
import { readLines } from "./import/read-lines.ts";
import { SyncPacer } from "./import/sync-pacer.ts";

/** Outcomes that are registered in one step: enough to share its cost, few enough to stay small. */
const BATCH_OUTCOMES = 1000;

/** Where no file is looked at a step takes no time. */
const TRUSTED_BATCH_OUTCOMES = 4000;

/** With `strict` the files of a batch are read in vain when its first line has a finding. */
const STRICT_BATCH_OUTCOMES = 64;

/**
 * Registers what a manifest lists, where it lies, in constant memory. What a line gets wrong is reported and stops
 * nothing; importing again changes nothing. What was registered is durable when the call ends, also by an error or an
 * abort.
 * @throws {TypeError | RangeError} for options that cannot be used
 * @throws {CatalogError} NOT_FOUND, PERMISSION, UNSUPPORTED, BACKEND when the manifest cannot be read, and what the SQL
 * engine throws
 */
export async function importManifest(
  context: CatalogContext,
  source: ImportSource,
  options: ImportOptions = {},
): Promise<ImportSummary> {
  const settings = parseImportOptions(source, options);
  const { format, hash } = settings;
  return context.telemetry.span("catalog.import", { format, hash }, async () => {
    options.signal?.throwIfAborted();
    const manifest = await openManifest(context.fs, source, { signal: options.signal });
    try {
      const tally = new ImportTally(context.clock, options);
      const scope = await createScope(context, { settings, options, tally });
      const run = { context, scope, tally, pacer: new SyncPacer(context) };
      await importLines(run, manifest, options);
      return tally.summarize();
    } finally {
      await manifest.close();
    }
  });
}

async function createScope(
  context: CatalogContext,
  about: { readonly settings: ImportSettings; readonly options: ImportOptions; readonly tally: ImportTally },
): Promise<PrepareScope> {
  const { settings, options, tally } = about;
  return {
    context,
    base: await BaseDirectory.open(context.fs, settings.baseDir),
    allowOutside: settings.allowOutside,
    settings,
    now: formatTimestamp(context.clock.now()),
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
      tally.tellProgress();
      await pacer.pace();
    }
  } catch (error) {
    // What was applied is worth keeping. If that fails too, the first error is the one that says why.
    await Promise.allSettled([pacer.flush()]);
    throw error;
  }
  await pacer.flush();
  tally.tellProgress({ always: true });
}

function batchSize({ strict, hash }: ImportSettings): number {
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
