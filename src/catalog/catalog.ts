import type { DocumentRecord, Registration, VariantRecord, VariantRegistration } from "../core/document.ts";
import type { OnChange, RegisterResult, VariantResult } from "../core/outcome.ts";
import type { SearchQuery } from "../core/query.ts";
import type { SqlCheckpoint } from "../ports/sql.ts";
import type { AddOptions, AddSource, AddSummary } from "./add/add-options.ts";
import type { CallOptions } from "./call-options.ts";
import type { ImportOptions, ImportSource, ImportSummary } from "./import/import-options.ts";
import type { FinalizeOptions } from "./ingest/finalize.ts";
import type { IngestOptions } from "./ingest/ingest.ts";
import type { IngestMeta, IngestResult } from "./ingest/ingest-request.ts";
import type { IngestSource } from "./ingest/source-bytes.ts";
import type { RelocateOptions, RelocateSummary, Relocation } from "./relocate/relocate-options.ts";
import type { RemovedDocument, RemoveOptions } from "./remove/remove.ts";
import type { PageQuery, SearchPage } from "./search/search.ts";
import type { CatalogStats, DuplicateGroup, DuplicatesOptions } from "./stats/stats.ts";

/** Options of {@link Catalog.registerOrGet} and {@link Catalog.registerMany}. */
export interface RegisterOptions extends CallOptions {
  /** What is done when a key comes again with other bytes. @default "keep" */
  readonly onChange?: OnChange | undefined;
}

/** An open catalog. All methods may be called at once, any number of times. */
export interface Catalog {
  /** Registers bytes that are stored already, or gives the row that has the key. Never touches storage. */
  registerOrGet(registration: Registration, options?: RegisterOptions): Promise<RegisterResult>;
  /** {@link registerOrGet} for many, in one durable step; the results stand in the same order. */
  registerMany(registrations: readonly Registration[], options?: RegisterOptions): Promise<readonly RegisterResult[]>;
  /** Registers another rendering of a document, or gives the one that has the name. */
  addVariant(documentId: number, variant: VariantRegistration, options?: CallOptions): Promise<VariantResult>;
  /**
   * The document with an id.
   * @throws {RangeError} when `id` is no whole number from 1
   * @throws {CatalogError} NOT_FOUND when there is no such document
   */
  getById(id: number, options?: CallOptions): Promise<DocumentRecord>;
  /** The document with an id; `undefined` when there is none. @throws {RangeError} as `getById` */
  findById(id: number, options?: CallOptions): Promise<DocumentRecord | undefined>;
  /** All documents of an artifact, by id; none for one that nobody registered. */
  listByArtifact(artifactId: string, options?: CallOptions): Promise<readonly DocumentRecord[]>;
  /** All documents that came from a URL, by id; the text is compared as it was registered. */
  listByUrl(sourceUrl: string, options?: CallOptions): Promise<readonly DocumentRecord[]>;
  /** All documents that a pipeline execution registered, by id. */
  listByRun(runId: string, options?: CallOptions): Promise<readonly DocumentRecord[]>;
  /** All documents with these bytes, by id. @throws {SyntaxError} when it is no SHA-256 */
  listBySha256(sha256: string, options?: CallOptions): Promise<readonly DocumentRecord[]>;
  /** Documents whose hash begins with `prefix`, of at least 4 characters. */
  findByHashPrefix(prefix: string, options?: CallOptions): Promise<readonly DocumentRecord[]>;
  /** Variants whose hash begins with `prefix`, of at least 4 characters. */
  findVariantsByHashPrefix(prefix: string, options?: CallOptions): Promise<readonly VariantRecord[]>;
  /** Other renderings of a document, by id; none where there are none, nor such a document. */
  listVariants(documentId: number, options?: CallOptions): Promise<readonly VariantRecord[]>;
  /** All matching documents, read page by page while you iterate. */
  search(query?: SearchQuery, options?: CallOptions): AsyncIterable<DocumentRecord>;
  /** One page of matching documents and the cursor of the next. @default pageSize 100 */
  searchPage(query?: PageQuery, options?: CallOptions): Promise<SearchPage>;
  /** Groups of documents with the same bytes, those that waste most first. */
  findDuplicates(options?: DuplicatesOptions): Promise<readonly DuplicateGroup[]>;
  /** Figures about the whole catalog; they are counted on each call. */
  stats(options?: CallOptions): Promise<CatalogStats>;
  /** Removes documents with their variants from the catalog and records it; the bytes stay where they are. */
  remove(ids: readonly number[], options?: RemoveOptions): Promise<readonly RemovedDocument[]>;
  /**
   * Stores bytes under the root and registers them. On any error nothing is registered and no partial file stays.
   * @throws {CatalogError} REFUSED for a Response that is not ok; SIZE_MISMATCH, INTEGRITY when the bytes are not those
   * expected; UNAVAILABLE when they stall; UNSUPPORTED when the catalog was opened without a store
   */
  ingest(source: IngestSource, meta: IngestMeta, options?: IngestOptions): Promise<IngestResult>;
  /** Stores a file that was written already, and registers it; by default the file is moved. Errors are those of `ingest`. */
  finalize(path: string, meta: IngestMeta, options?: FinalizeOptions): Promise<IngestResult>;
  /**
   * Adds files, folders and bytes from elsewhere; sources are left as they are, but for `into: "move"`. What goes wrong
   * with one of them is a finding and stops nothing. Adding again changes nothing.
   * @throws {CatalogError} NOT_FOUND, PERMISSION, REFUSED for a path that cannot be added at all; UNSUPPORTED when the
   * catalog was opened without a store; what the store and the SQL engine throw
   */
  add(sources: readonly AddSource[], options?: AddOptions): Promise<AddSummary>;
  /** Registers what a manifest lists. */
  importManifest(source: ImportSource, options?: ImportOptions): Promise<ImportSummary>;
  /**
   * Brings everything into the catalog file and leaves only that: one SQLite file that can be copied. Closing does so
   * by itself when it is quick, see the setting `checkpointOnClose`.
   * @throws {CatalogError} BUSY, NO_SPACE, DIVERGED, READ_ONLY; nothing that was acknowledged is lost
   */
  checkpoint(): Promise<SqlCheckpoint>;
  /**
   * Rewrites where documents and variants are stored after their files were moved, so that `from` and what is below it
   * becomes `to`. A row goes if its file is there with its size; any other is a finding and stays. Doing it again
   * changes nothing.
   * @throws {CatalogError} NOT_FOUND when there is nothing at the new place; READ_ONLY and what else the engine throws
   */
  relocate(relocation: Relocation, options?: RelocateOptions): Promise<RelocateSummary>;
  /** Makes everything durable and lets go of all files. Closing twice is safe. */
  close(): Promise<void>;
  /** {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
