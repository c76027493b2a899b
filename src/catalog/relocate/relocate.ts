import { asCatalogError } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { isAbsolutePath, normalizePath } from "../../core/path.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import { CatalogError } from "../../errors.ts";
import { runJobs } from "../concurrency/run-jobs.ts";
import type { CatalogContext } from "../context.ts";
import { CanonicalNames, type NamesContext } from "../files/canonical-name.ts";
import { relocateInPlace } from "../sources/sources-statements.ts";
import type { RelocateOptions, RelocateSummary, Relocation } from "./relocate-options.ts";
import { relocateRow, type StoredTable, selectStoredFiles } from "./relocate-statements.ts";
import {
  createRelocation,
  examineStoredFile,
  findStoredFile,
  type RealRelocation,
  type StoredFile,
} from "./stored-file.ts";

/** Rows a batch: enough that a commit is cheap for each, few enough that others need not wait long. */
const BATCH_ROWS = 1000;

const DEFAULT_JOBS = 8;

/**
 * Relocates rows whose files were moved, documents first. Each batch of rows is durable before the next is looked at,
 * and a row that is relocated already is left alone: whatever ends a run, the next one goes on.
 * @throws {TypeError} when a path is not absolute, or both are the same
 * @throws {CatalogError} NOT_FOUND when there is nothing at the new place, unless missing files are allowed
 */
export async function relocate(
  context: CatalogContext & NamesContext,
  places: Relocation,
  options: RelocateOptions,
): Promise<RelocateSummary> {
  const relocation = { from: parsePlace("from", places.from), to: parsePlace("to", places.to) };
  if (relocation.from === relocation.to) throw new TypeError("Cannot relocate: the old and the new place are the same");
  const jobs = options.jobs ?? DEFAULT_JOBS;
  if (!Number.isSafeInteger(jobs) || jobs < 1) {
    throw new RangeError(`Cannot relocate with jobs ${jobs}: expected a whole number from 1`);
  }
  if (options.allowMissing !== true) await requirePlace(context, relocation.to);
  const names = new CanonicalNames(context);
  const run = new RelocateRun(context, await createRelocation(relocation, names), { ...options, jobs });
  const documents = await run.relocateTable("documents");
  const variants = await run.relocateTable("variants");
  return { documents, variants, missing: run.missing, left: run.left };
}

function parsePlace(name: string, path: string): string {
  if (!isAbsolutePath(path)) throw new TypeError(`Cannot relocate ${name} ${quote(path)}: the path is not absolute`);
  return normalizePath(path);
}

/** Without it a typing error would be reported once a row. */
async function requirePlace({ fs }: CatalogContext, path: string): Promise<void> {
  const stat = await fs.stat(path).catch((error) => {
    throw asCatalogError(error, { verb: "relocate to", path });
  });
  if (stat !== undefined) return;
  throw new CatalogError("NOT_FOUND", `Cannot relocate to ${quote(path, 1000)}: there is no such file or folder`, {
    details: { what: "relocate to", path },
    hint: "Check the path for typing errors; where the files come later, allow missing ones (--allow-missing).",
  });
}

class RelocateRun {
  /** Rows that go although their file is not there. */
  missing = 0;
  /** Rows that stay, each with a finding. */
  left = 0;
  #rows = 0;
  readonly #context: CatalogContext;
  readonly #relocation: RealRelocation;
  readonly #options: RelocateOptions & { readonly jobs: number };

  constructor(
    context: CatalogContext,
    relocation: RealRelocation,
    options: RelocateOptions & { readonly jobs: number },
  ) {
    this.#context = context;
    this.#relocation = relocation;
    this.#options = options;
  }

  /** Relocates the rows of a table; gives how many. */
  async relocateTable(table: StoredTable): Promise<number> {
    const { signal, onProgress } = this.#options;
    let relocated = 0;
    for (let afterId: number | undefined = 0; afterId !== undefined; ) {
      const rows = await this.#context.sql.query(selectStoredFiles(table, afterId, BATCH_ROWS), { signal });
      const files: StoredFile[] = [];
      for (const row of rows) files.push(...[(await findStoredFile(table, row, this.#relocation)) ?? []].flat());
      relocated += await this.#move(table, await this.#choose(files));
      this.#rows += rows.length;
      onProgress?.({ rows: this.#rows });
      afterId = rows.length < BATCH_ROWS ? undefined : (rows.at(-1)?.[0] as number | undefined);
    }
    return relocated;
  }

  /** Those of the files that are to be relocated. */
  async #choose(files: readonly StoredFile[]): Promise<readonly StoredFile[]> {
    const { jobs, signal, allowMissing, onFinding } = this.#options;
    const findings = await runJobs(files, {
      jobs,
      work: (file) => {
        signal?.throwIfAborted();
        return examineStoredFile(this.#context.fs, file);
      },
    });
    return files.filter((_, index) => {
      const finding = findings[index];
      if (finding === undefined) return true;
      const goes = finding.kind === "gone" && allowMissing === true;
      if (goes) this.missing += 1;
      else {
        this.left += 1;
        onFinding?.(finding);
      }
      return goes;
    });
  }

  async #move(table: StoredTable, files: readonly StoredFile[]): Promise<number> {
    const { dryRun, signal } = this.#options;
    if (dryRun === true || files.length === 0) return files.length;
    await this.#context.root?.enterFor(files.map(({ newUri }) => newUri));
    const now = formatTimestamp(this.#context.clock.now());
    const moves = files.map(({ id, uri, newUri }) => relocateRow(table, { id, from: uri, to: newUri }, now));
    // A file that is registered where it lies is the source of its row, wherever that is.
    const lines = files.flatMap(({ documentId, uri, path, newUri: to, newRealPath }) =>
      relocateInPlace({ documentId, from: { uri, path }, to: { uri: to, path: newRealPath } }),
    );
    const results = await this.#context.sql.batch([...moves, ...lines], { signal });
    return results.slice(0, moves.length).reduce((sum, { changes }) => sum + changes, 0);
  }
}
