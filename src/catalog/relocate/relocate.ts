import { asCatalogError } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { isAbsolutePath, normalizePath } from "../../core/path.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import { CatalogError } from "../../errors.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { runJobs } from "../concurrency/run-jobs.ts";
import type { CatalogContext } from "../context.ts";
import { CanonicalNames, type NamesContext } from "../files/canonical-name.ts";
import { FileLeases } from "../leases/file-leases.ts";
import { type Lease, type Leases, noLeases } from "../leases/lease.ts";
import { LEASE_ATTEMPTS, leaseLost } from "../leases/until-registered.ts";
import { followFile } from "../ledger/row-changes.ts";
import { BEFORE_ALL } from "../records/columns.ts";
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

/** What {@link relocate} works with. */
export interface RelocateContext extends CatalogContext, NamesContext {
  /** Keep files in the root from being collected before their rows name them. @default nobody collects there */
  readonly leases?: Leases | undefined;
}

/** A file whose row goes, and whether it was there. */
interface ChosenFile {
  readonly file: StoredFile;
  readonly isMissing: boolean;
}

/** What became of files that were to be relocated. */
interface MoveResult {
  /** Their rows name the new place. */
  readonly moved: readonly ChosenFile[];
  /** Their leases were gone. */
  readonly lost: readonly StoredFile[];
}

/**
 * Relocates rows whose files were moved, documents first. Each batch of rows is durable before the next is looked at,
 * and a row that is relocated already is left alone: whatever ends a run, the next one goes on.
 * @throws {TypeError} when a path is not absolute, or both are the same
 * @throws {CatalogError} NOT_FOUND when there is nothing at the new place, unless missing files are allowed
 */
export async function relocate(
  context: RelocateContext,
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
  readonly #context: RelocateContext;
  readonly #relocation: RealRelocation;
  readonly #options: RelocateOptions & { readonly jobs: number };

  constructor(
    context: RelocateContext,
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
    for (let afterId: number | undefined = BEFORE_ALL; afterId !== undefined; ) {
      const rows = await this.#context.sql.query(selectStoredFiles(table, afterId, BATCH_ROWS), { signal });
      const files: StoredFile[] = [];
      for (const row of rows) files.push(...[(await findStoredFile(table, row, this.#relocation)) ?? []].flat());
      relocated += await this.#relocate(table, files);
      this.#rows += rows.length;
      onProgress?.({ rows: this.#rows });
      afterId = rows.length < BATCH_ROWS ? undefined : (rows.at(-1)?.[0] as number | undefined);
    }
    return relocated;
  }

  /** Files in the root have leases from before they are looked at; those whose lease was gone are looked at again. */
  async #relocate(table: StoredTable, files: readonly StoredFile[]): Promise<number> {
    const { leases = noLeases, root } = this.#context;
    let relocated = 0;
    let open = files;
    for (let attempt = 1; open.length > 0; attempt++) {
      if (attempt > LEASE_ATTEMPTS) throw leaseLost(`document ${open[0]?.documentId}`);
      const held = await FileLeases.acquire({ leases, root, names: this.#relocation.names }, []);
      try {
        if (this.#options.dryRun !== true) await held.add(open.map(({ newUri }) => newUri));
        const chosen = await this.#choose(open);
        const { moved, lost } = await this.#move(table, chosen, held);
        relocated += moved.length;
        this.missing += moved.filter(({ isMissing }) => isMissing).length;
        open = lost;
      } finally {
        await held.release();
      }
    }
    return relocated;
  }

  /** Those of the files that are to be relocated. */
  async #choose(files: readonly StoredFile[]): Promise<readonly ChosenFile[]> {
    const { jobs, signal, allowMissing, onFinding } = this.#options;
    const findings = await runJobs(files, {
      jobs,
      work: (file) => {
        signal?.throwIfAborted();
        return examineStoredFile(this.#context.fs, file);
      },
    });
    const chosen: ChosenFile[] = [];
    for (const [index, file] of files.entries()) {
      const finding = findings[index];
      const isMissing = finding?.kind === "gone" && allowMissing === true;
      if (finding === undefined || isMissing) chosen.push({ file, isMissing });
      else {
        this.left += 1;
        onFinding?.(finding);
      }
    }
    return chosen;
  }

  /** Rewrites the rows of files whose leases are there still. */
  async #move(table: StoredTable, chosen: readonly ChosenFile[], held: FileLeases): Promise<MoveResult> {
    const { dryRun, signal } = this.#options;
    if (dryRun === true || chosen.length === 0) return { moved: chosen, lost: [] };
    await this.#context.root?.enterFor(chosen.map(({ file }) => file.newUri));
    const now = formatTimestamp(this.#context.clock.now());
    const moves: SqlStatement[] = [];
    const lines: SqlStatement[] = [];
    const leases = new Set<Lease>();
    for (const { file } of chosen) {
      const { id, documentId, uri, path, newUri: to, newRealPath } = file;
      const lease = held.find(to);
      if (lease !== undefined) leases.add(lease);
      moves.push(relocateRow(table, { id, from: uri, to, lease: lease?.id }, now));
      // A file that is registered where it lies is the source of its row, wherever that is.
      const move = { documentId, from: { uri, path }, to: { uri: to, path: newRealPath }, lease: lease?.id };
      lines.push(...relocateInPlace(move), ...followFile(uri, to, now));
    }
    const endings = [...leases].flatMap((lease) => lease.ending());
    const results = await this.#context.sql.batch([...moves, ...lines, ...endings], { signal });
    const ended = results.slice(moves.length + lines.length);
    const gone = new Set([...leases].filter((_, at) => ended[at]?.changes === 0).map(({ uri }) => uri));
    for (const lease of leases) lease.end();
    return {
      // A row that others changed meanwhile is not where it was.
      moved: chosen.filter((_, at) => results[at]?.changes === 1),
      lost: chosen.filter(({ file }) => gone.has(file.newUri)).map(({ file }) => file),
    };
  }
}
