import type { SqlEngine } from "../../ports/sql.ts";
import type { CapabilityContext } from "../capability-context.ts";
import { disabledError, storelessError } from "../disabled.ts";
import { CanonicalNames } from "../files/canonical-name.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import type { RootEntry } from "../root/root-entry.ts";
import { findNamedBlobs } from "../verify/choose/named-blobs.ts";
import { StoreGuard } from "../verify/run/store-guard.ts";
import { type ChosenBlobs, chooseKnownBad, chooseNamed } from "./choose/bad-blobs.ts";
import type { SourceFetcher } from "./fetch/source-fetcher.ts";
import { KeptBytes } from "./ladder/kept-bytes.ts";
import { OtherClaims } from "./place/other-claims.ts";
import { repairBlob } from "./repair-blob.ts";
import type { RepairContext } from "./repair-context.ts";
import { checkRepairOptions, type RepairOptions, type RepairResult } from "./repair-options.ts";

/** Gives bad blobs their bytes back, one after the other. What was said to be repaired is durable, whatever ends it. */
export async function* repair(
  context: CapabilityContext,
  fetcher: SourceFetcher,
  options: RepairOptions,
): AsyncGenerator<RepairResult, void, undefined> {
  checkRepairOptions(options);
  const { signal, onProgress } = options;
  const run = createRun(context, fetcher, options);
  const { total, list } = await choose(run);
  const guard = new StoreGuard(run);
  await guard.begin();
  try {
    let done = 0;
    for await (const rows of list()) {
      signal?.throwIfAborted();
      guard.requireBegun();
      yield await repairBlob(run, rows);
      done += 1;
      onProgress?.({ done, total: Math.max(done, total) });
    }
  } finally {
    await run.claims.close();
  }
}

function createRun(context: CapabilityContext, fetcher: SourceFetcher, options: RepairOptions): RepairContext {
  const placing = options.apply === true ? context.requirePlacing() : context.placing;
  if (placing === undefined) throw storelessError();
  const { sql, clock, telemetry } = context;
  const writing = requireRoot({ ...placing, sql });
  return {
    ...writing,
    names: new CanonicalNames(placing),
    ledger: new Ledger({ sql, clock, telemetry }),
    fetcher,
    kept: new KeptBytes(placing.store, clock),
    claims: new OtherClaims(writing),
    options,
  };
}

function requireRoot(placing: PlacingContext & { readonly sql: SqlEngine }): PlacingContext & {
  readonly sql: SqlEngine;
  readonly root: RootEntry;
} {
  const { root } = placing;
  if (root === undefined) throw disabledError();
  return { ...placing, root };
}

async function choose({ sql, names, options }: RepairContext): Promise<ChosenBlobs> {
  const { ids } = options;
  if (ids === undefined) return chooseKnownBad(sql, options);
  return chooseNamed(sql, await findNamedBlobs({ sql, names }, ids, options), options);
}
