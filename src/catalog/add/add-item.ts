import type { SqlEngine } from "../../ports/sql.ts";
import type { OrderedSection } from "../concurrency/ordered-pool.ts";
import type { Slot, SlotSource } from "../concurrency/slots.ts";
import { disabledError } from "../disabled.ts";
import { finalize } from "../ingest/finalize.ts";
import { ingest } from "../ingest/ingest.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import type { OpenableSource } from "./add-options.ts";
import type { AddRun } from "./add-run.ts";
import type { AddedItem } from "./add-tally.ts";
import { findFileFailure, findSourceFailure } from "./describe-failure.ts";
import { addKnownFile, describeNewFile, type FileToAdd, toItem } from "./file/add-known-file.ts";
import type { PassedFile } from "./file/pass-over.ts";
import { openElsewhere } from "./open-elsewhere.ts";

/** The longest that a source from elsewhere may give nothing, in milliseconds. */
const IDLE_TIMEOUT_MS = 120_000;

/** Adds one file; gives what is to be counted and reported after those before it. */
export async function addFile(run: AddRun, file: FileToAdd, section: OrderedSection): Promise<() => void> {
  const { path } = file;
  try {
    const item = await store(run, file, section);
    if (item.outcome === "removed_before") return () => run.tally.passOver({ ...item, path });
    return () => run.tally.addItem(item, { path, isMove: run.settings.into === "move" });
  } catch (error) {
    run.signal?.throwIfAborted();
    const finding = await findFileFailure(run.context.fs, path, error);
    if (finding === undefined) throw error;
    return () => run.tally.fail(finding);
  }
}

async function store(run: AddRun, file: FileToAdd, section: OrderedSection): Promise<AddedItem | PassedFile> {
  const { into } = run.settings;
  const context = orderedContext(run, section, { durable: into === "move" });
  const { sql } = context;
  if (sql !== undefined) return addKnownFile({ ...run, context: { ...context, sql } }, file);
  if (into === "none") throw disabledError();
  return toItem(await finalize(context, file.path, describeNewFile(run, file), { transfer: into, signal: run.signal }));
}

/** Adds bytes from elsewhere; gives what is to be counted and reported after those before it. */
export async function addElsewhere(run: AddRun, source: OpenableSource, section: OrderedSection): Promise<() => void> {
  const { settings, signal } = run;
  const context = orderedContext(run, section, { durable: false });
  let isOpen = false;
  try {
    const meta = { ...source.meta, runId: settings.runId };
    const options = { onChange: settings.onChange, idleTimeoutMs: IDLE_TIMEOUT_MS, signal };
    const body = await openElsewhere(run, source, IDLE_TIMEOUT_MS);
    isOpen = true;
    const item = toItem(await ingest(context, body, meta, options));
    return () => run.tally.addItem(item, { path: source.name, isMove: false });
  } catch (error) {
    signal?.throwIfAborted();
    const finding = findSourceFailure({ name: source.name, artifactId: source.meta.artifactId, isOpen }, error);
    if (finding === undefined) throw error;
    return () => run.tally.fail(finding);
  }
}

/**
 * The context for one file: what it writes waits for what the files before it write, so that rows come in the order of
 * the files, and shares a sync with others. A file that is to go afterwards waits until its own row is durable.
 */
function orderedContext(
  { context, expectSync }: AddRun,
  section: OrderedSection,
  { durable }: { readonly durable: boolean },
): PlacingContext {
  const { sql } = context;
  if (sql === undefined) return context;
  // Those before it may still wait for a slot: whoever waits for them has none.
  let held: Slot | undefined;
  const slots: SlotSource = {
    take: async (options) => {
      held = await context.slots.take(options);
      return held;
    },
  };
  const enter = async (): Promise<void> => {
    held?.release();
    await section.enter();
  };
  return { ...context, slots, sql: orderedSql(sql, { section: { ...section, enter }, durable, expectSync }) };
}

function orderedSql(
  sql: SqlEngine,
  how: { readonly section: OrderedSection; readonly durable: boolean; readonly expectSync: () => void },
): SqlEngine {
  const { section, durable, expectSync } = how;
  return {
    batch: async (statements, options) => {
      await section.enter();
      if (!durable) expectSync();
      // Batches run in the order of the calls.
      const pending = sql.batch(statements, { ...options, durable });
      section.leave();
      return pending;
    },
    query: (statement, options) => sql.query(statement, options),
    sync: () => sql.sync(),
    checkpoint: () => sql.checkpoint(),
    check: (options) => sql.check(options),
    describe: () => sql.describe(),
    close: () => sql.close(),
  };
}
