import type { Catalog } from "../../../catalog/catalog.ts";
import type { VerifiedBlob, VerifyOptions, VerifySummary } from "../../../catalog/verify/verify-options.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import { DAY_MS } from "../../../core/timestamp.ts";
import { isCatalogError } from "../../../errors.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import { quoteForShell } from "../../arguments/shell-quote.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT, type ExitCode, UsageError } from "../../exit-codes.ts";
import type { Part } from "../../output/part.ts";
import { parseScope } from "./_scope.ts";
import type { DEFINITION } from "./definition.ts";
import { isFinding, verifiedPart, verifyBlocks, verifyFields, verifyProgress } from "./view.ts";

type Input = CommandInput<typeof DEFINITION>;

/** Rows of a table that are printed at once: its columns are as wide as the widest of them needs. */
const ROWS_AT_ONCE = 1000;

/** Compares stored files with what is on record. */
export async function* run(context: CommandContext, input: Input): CommandRun {
  const scope = parseScope(input);
  const catalog = await openToRemember(context, input);
  let summary: VerifySummary | undefined;
  const options: VerifyOptions = {
    ...scope,
    ...optionsOf(context, input),
    onSummary: (said) => {
      summary = said;
    },
  };
  const table = new ResultTable();
  try {
    for await (const blob of catalog.verify(options)) yield* table.add(blob);
  } catch (error) {
    // What was found is shown, whatever comes after it.
    yield* table.end();
    throw asUsageError(error);
  }
  yield* table.end();
  if (summary === undefined) throw new TypeError("verify ended without a summary");
  const done = summary;
  return {
    exitCode: exitCodeOf(done),
    summary: verifyFields(done),
    blocks: () => verifyBlocks(done, { hasTable: table.rows > 0 }),
    next: nextCommand(input, done),
  };
}

/** Where nothing can be written down, files are verified all the same; the catalog says so. */
async function openToRemember(context: CommandContext, { flags }: Input): Promise<Catalog> {
  try {
    return await context.openCatalog("write");
  } catch (error) {
    const isPassing = (["READ_ONLY", "PERMISSION", "BUSY", "NO_SPACE"] as const).some((code) => {
      return isCatalogError(error, code);
    });
    if (!isPassing || flags.quarantine || flags.record) throw error;
    return context.openCatalog("read");
  }
}

function optionsOf(context: CommandContext, { flags }: Input): VerifyOptions {
  const { clock } = context.host;
  const beganMs = clock.monotonicMs();
  const { jobs, quick, quarantine, record: recordHashes, recheck } = flags;
  return {
    ...{ jobs, quick, quarantine, recordHashes, recheck },
    workingDirectory: context.host.cwd,
    signal: context.signal,
    onProgress: (progress) => {
      const seconds = Math.max(0.001, (clock.monotonicMs() - beganMs) / 1000);
      context.progress(verifyProgress(progress, Math.round(progress.bytes / seconds)));
    },
  };
}

/** Programs are told at once, people when a table is worth it. */
class ResultTable {
  /** Findings that were printed, or will be. */
  rows = 0;
  #waiting: VerifiedBlob[] = [];
  #isBegun = false;

  *add(blob: VerifiedBlob): Generator<Part, void, undefined> {
    yield { items: verifiedPart([blob]).items, blocks: () => [] };
    if (!isFinding(blob)) return;
    this.rows += 1;
    this.#waiting.push(blob);
    if (this.#waiting.length >= ROWS_AT_ONCE) yield* this.end();
  }

  *end(): Generator<Part, void, undefined> {
    const blobs = this.#waiting;
    this.#waiting = [];
    if (blobs.length === 0) return;
    const { blocks } = verifiedPart(blobs, { continued: this.#isBegun });
    this.#isBegun = true;
    yield { items: () => [], blocks };
  }
}

/** The beginning of several hashes is a mistake of who typed it. */
function asUsageError(error: unknown): unknown {
  return error instanceof RangeError ? new UsageError(error.message) : error;
}

function exitCodeOf({ mismatch, missing, unreadable, knownBad }: VerifySummary): ExitCode {
  return mismatch + missing + unreadable + knownBad > 0 ? EXIT.finding : EXIT.done;
}

function nextCommand(input: Input, summary: VerifySummary): string {
  const { mismatch, complete } = summary;
  if (mismatch > 0 && !input.flags.quarantine) return `${scopeOf(input)} --quarantine`;
  if (!complete) return continuing(input);
  return exitCodeOf(summary) === EXIT.done ? "stats" : "repair --all";
}

function scopeOf({ words }: Input): string {
  if (words.length === 0) return "verify --all";
  return ["verify", ...words.map((word) => quoteForShell(cleanSecrets(word)))].join(" ");
}

/** The line that goes on: what this run verified is not due within its time. */
function continuing(input: Input): string {
  const { budget = "", "max-age": maxAgeMs = DAY_MS } = input.flags;
  const age = maxAgeMs % DAY_MS === 0 ? `${maxAgeMs / DAY_MS}d` : `${Math.ceil(maxAgeMs / 1000)}s`;
  const scope = input.words.length > 0 ? scopeOf(input) : `verify --max-age ${age}`;
  return `${scope} --budget ${quoteForShell(budget)}`;
}
