import type { BlobKey } from "../../../core/naming/blob-key.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import { isCatalogError } from "../../../errors.ts";
import type { BlobStat } from "../../../ports/blob-store.ts";
import { selectNamed } from "../../collect/live/live-statements.ts";
import { runJobs } from "../../concurrency/run-jobs.ts";
import { CanonicalNames } from "../../files/canonical-name.ts";
import { BEFORE_ALL } from "../../records/columns.ts";
import type { StoreGuard } from "../../verify/run/store-guard.ts";
import type { AuditContext } from "../audit-context.ts";
import type { AuditFinding } from "../audit-finding.ts";
import type { AuditOptions } from "../audit-options.ts";
import { selectLease, selectStillNamed } from "../rows/audit-statements.ts";
import type { ExpectedSizes } from "../rows/expected-sizes.ts";
import { compareSize, JOBS, missingFile, type NamedPlace, unreadableFile } from "./look-at-files.ts";

/** So many rows are read at once. */
const PAGE = 5000;

/** Options of {@link findMissing}. */
export interface FindMissingOptions extends AuditOptions {
  /** Tells whether the root is there. */
  readonly guard: Pick<StoreGuard, "confirm">;
}

/** A row that names something in the root. */
interface NamedBlob extends NamedPlace {
  readonly key: BlobKey;
}

/**
 * Looks once more at the files of the rows that were not seen in the root, or not with the size that rows say: they may have
 * come or gone since, or be in the hands of a collector.
 * @throws {CatalogError} what the engine throws; BACKEND when the root is gone by now
 */
export async function* findMissing(
  context: AuditContext,
  expected: ExpectedSizes,
  { guard, signal, onProgress }: FindMissingOptions,
): AsyncGenerator<AuditFinding, void, undefined> {
  const look = new SecondLook(context);
  let looked = 0;
  for (const table of ["documents", "variants"] as const) {
    for (let afterId: number | undefined = expected.open === 0 ? undefined : BEFORE_ALL; afterId !== undefined; ) {
      const rows = await context.sql.query(selectNamed(table, afterId, PAGE), { signal });
      const open: NamedBlob[] = [];
      for (const [id, uri, bytes] of rows) {
        const key = await look.findKey(String(uri));
        if (key === undefined || !expected.isOpen(context.store.comparableKey(key))) continue;
        open.push({ table, id: Number(id), uri: String(uri), bytes: typeof bytes === "number" ? bytes : null, key });
      }
      const findings = await runJobs(open, { jobs: JOBS, work: (blob) => look.at(blob) });
      // A device may have gone meanwhile.
      if (findings.some((finding) => finding !== undefined)) await guard.confirm();
      for (const finding of findings) if (finding !== undefined) yield finding;
      looked += rows.length;
      onProgress?.({ phase: "missing", done: looked });
      afterId = rows.length < PAGE ? undefined : Number(rows.at(-1)?.[0]);
    }
  }
}

class SecondLook {
  readonly #context: AuditContext;
  readonly #names: CanonicalNames;
  #taken: Promise<ReadonlySet<string>> | undefined;

  constructor(context: AuditContext) {
    this.#context = context;
    this.#names = new CanonicalNames(context);
  }

  async findKey(uri: string): Promise<BlobKey | undefined> {
    const atOnce = this.#names.keyAtOnce(uri);
    if (atOnce !== undefined) return atOnce;
    try {
      return (await this.#names.locate(uri as StorageUri)).key;
    } catch (error) {
      // That was said when it was met first.
      if (isCatalogError(error)) return undefined;
      throw error;
    }
  }

  async at(blob: NamedBlob): Promise<AuditFinding | undefined> {
    let stat: BlobStat | undefined;
    try {
      stat = await this.#context.store.stat(blob.key);
    } catch (error) {
      if (isCatalogError(error, "REFUSED")) return missingFile(blob, { reason: "other_kind", what: "is no file" });
      if (isCatalogError(error)) return unreadableFile(blob, error);
      throw error;
    }
    if (stat !== undefined) return compareSize(blob, stat.sizeBytes);
    return (await this.#isOnItsWay(blob)) ? undefined : missingFile(blob, { reason: "gone", what: "is not there" });
  }

  /** Whether somebody is about to place it, or a collector has it, or had it and left it in the trash. */
  async #isOnItsWay({ table, id, key, uri }: NamedBlob): Promise<boolean> {
    const { store, sql } = this.#context;
    if (await store.isKept(key)) return true;
    this.#taken ??= this.#listTaken();
    if ((await this.#taken).has(store.comparableKey(key))) return true;
    if ((await sql.query(selectLease(uri), { fresh: true })).length > 0) return true;
    // A lease ends, and a blob is given back, when it is there; a row may name another place by now.
    if ((await store.stat(key)) !== undefined) return true;
    return (await sql.query(selectStillNamed(table, { id, uri }), { fresh: true })).length === 0;
  }

  async #listTaken(): Promise<ReadonlySet<string>> {
    const { store } = this.#context;
    const names = new Set<string>();
    for await (const page of store.listTaken()) for (const { key } of page) names.add(store.comparableKey(key));
    return names;
  }
}
