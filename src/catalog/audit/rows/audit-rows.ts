import type { StorageUri } from "../../../core/storage-uri.ts";
import { isCatalogError } from "../../../errors.ts";
import type { SqlRow } from "../../../ports/sql.ts";
import type { LiveNames } from "../../collect/live/live-names.ts";
import type { NamingTable } from "../../collect/live/live-statements.ts";
import { CanonicalNames } from "../../files/canonical-name.ts";
import { BEFORE_ALL } from "../../records/columns.ts";
import type { RootMember } from "../../root/root-members.ts";
import type { AuditContext } from "../audit-context.ts";
import type { AuditFinding } from "../audit-finding.ts";
import type { AuditOptions, TableDigest } from "../audit-options.ts";
import { lookAtFiles, type NamedFile, unreadableFile } from "../places/look-at-files.ts";
import { NAMING_FIELDS, selectWhole } from "./audit-statements.ts";
import type { ExpectedSizes } from "./expected-sizes.ts";
import { findBadValue, idOf, uriNotCanonical, valueIn } from "./find-bad-value.ts";
import { RowDigest } from "./row-digest.ts";

/** So many rows are read at once: few enough that they are gone before the next ones come. */
const PAGE = 500;

/** Where {@link RowAudit} puts what rows say. */
export interface RowAuditTargets {
  /** What the catalog refers to, but for what is expected. */
  readonly names: LiveNames;
  /** How large the files in the root are to be. */
  readonly expected: ExpectedSizes;
}

/** One pass through documents and variants: what is wrong with each, where its file is, and all of them together. */
export class RowAudit {
  /** The tables that were read to their end. */
  readonly digests: TableDigest[] = [];
  readonly #context: AuditContext;
  readonly #targets: RowAuditTargets;
  readonly #names: CanonicalNames;
  #elsewhere = 0;
  #inRoot = 0;
  #looked = 0;
  #complete = false;
  #findKey: RootMember["findKey"] | undefined;

  /** Reads nothing yet. */
  constructor(context: AuditContext, targets: RowAuditTargets) {
    this.#context = context;
    this.#targets = targets;
    this.#names = new CanonicalNames(context);
  }

  /** Rows whose files nobody here can look at. */
  get elsewhere(): number {
    return this.#elsewhere;
  }

  /** Rows that name a file in the root. */
  get inRoot(): number {
    return this.#inRoot;
  }

  /** Everything was read, and it is known what each row refers to. */
  get complete(): boolean {
    return this.#complete;
  }

  /**
   * Reads claims, and then the rows; gives what is wrong with them, and with their files outside of the root. `findKey` tells
   * what a URI means by the root as the catalog calls it.
   * @throws {CatalogError} what the engine throws
   */
  async *run(
    findKey: RootMember["findKey"],
    { signal, onProgress }: AuditOptions,
  ): AsyncGenerator<AuditFinding, void, undefined> {
    const { sql } = this.#context;
    this.#findKey = findKey;
    this.#complete = true;
    try {
      await this.#targets.names.readClaims(sql, { signal, findKey });
      for (const table of ["documents", "variants"] as const) {
        const digest = await RowDigest.create(table, this.#context.hashers);
        for await (const rows of this.#pages(table, signal)) {
          await digest.add(rows);
          yield* this.#lookAt(table, rows);
          this.#looked += rows.length;
          onProgress?.({ phase: "rows", done: this.#looked });
        }
        this.digests.push(await digest.finish());
      }
      await sql.sync();
    } catch (error) {
      this.#complete = false;
      throw error;
    }
  }

  async *#pages(
    table: NamingTable,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly SqlRow[], void, undefined> {
    for (let afterId: number | undefined = BEFORE_ALL; afterId !== undefined; ) {
      const rows = await this.#readPage(table, { afterId, signal });
      if (rows.length > 0) yield rows;
      afterId = rows.length < PAGE ? undefined : Number(rows.at(-1)?.[0]);
    }
  }

  /** A text that no string can hold fails the page; it is not read a second time. */
  async #readPage(
    table: NamingTable,
    { afterId, signal }: { readonly afterId: number; readonly signal: AbortSignal | undefined },
  ): Promise<readonly SqlRow[]> {
    const { sql } = this.#context;
    // What comes while this goes on is read when the catalog is asked once more.
    const options = { fresh: afterId === BEFORE_ALL, signal };
    try {
      return await sql.query(selectWhole(table, { afterId, size: PAGE, bounded: false }), options);
    } catch (error) {
      if (!isCatalogError(error, "CORRUPT")) throw error;
      return sql.query(selectWhole(table, { afterId, size: PAGE, bounded: true }), options);
    }
  }

  async *#lookAt(table: NamingTable, rows: readonly SqlRow[]): AsyncGenerator<AuditFinding, void, undefined> {
    const uriAt = NAMING_FIELDS[table].indexOf("storage_uri");
    const odd: SqlRow[] = [];
    for (const row of rows) {
      const bad = findBadValue(table, row);
      if (bad !== undefined) yield bad;
      if (!this.#takeAtOnce(table, row, uriAt)) odd.push(row);
    }
    const outside: NamedFile[] = [];
    for (const row of odd) yield* this.#locate(table, row, outside);
    yield* lookAtFiles(this.#context, outside);
  }

  /** Most rows name what the store wrote. */
  #takeAtOnce(table: NamingTable, row: SqlRow, uriAt: number): boolean {
    const uri = row[uriAt];
    const key = typeof uri === "string" ? this.#names.keyAtOnce(uri) : undefined;
    if (key === undefined) return false;
    this.#expect(this.#context.store.comparableKey(key), sizeOf(table, row));
    return true;
  }

  #expect(name: string, bytes: number | null): void {
    this.#inRoot += 1;
    this.#targets.expected.expect(name, bytes);
  }

  async *#locate(table: NamingTable, row: SqlRow, outside: NamedFile[]): AsyncGenerator<AuditFinding, void, undefined> {
    const value = valueIn(table, { row, column: "storage_uri" });
    const uri = String(value) as StorageUri;
    const named = { table, id: idOf(row), uri, bytes: sizeOf(table, row) };
    try {
      await this.#targets.names.add(uri, this.#findKey);
      const { uri: canonical, key, path } = await this.#names.locate(uri);
      if (typeof value === "string" && canonical !== uri) yield uriNotCanonical(table, row, canonical);
      if (key !== undefined) this.#expect(this.#context.store.comparableKey(key), named.bytes);
      else if (path !== undefined) outside.push({ ...named, path });
      else this.#elsewhere += 1;
    } catch (error) {
      if (!isCatalogError(error)) throw error;
      // It may lead into the root by a way that nobody can look at.
      this.#complete = false;
      yield unreadableFile(named, error);
    }
  }
}

/** Where the size of a row is. */
const BYTES_AT: Readonly<Record<NamingTable, number>> = {
  documents: NAMING_FIELDS.documents.indexOf("bytes"),
  variants: NAMING_FIELDS.variants.indexOf("bytes"),
};

function sizeOf(table: NamingTable, row: SqlRow): number | null {
  const bytes = row[BYTES_AT[table]];
  return typeof bytes === "number" ? bytes : null;
}
