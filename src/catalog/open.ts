import {
  type DocumentRecord,
  parseName,
  parseRegistration,
  parseVariant,
  type Registration,
  type VariantRecord,
  type VariantRegistration,
} from "../core/document.ts";
import { parseOnChange, type RegisterResult, type VariantResult } from "../core/outcome.ts";
import type { SearchQuery } from "../core/query.ts";
import { formatTimestamp, type Timestamp } from "../core/timestamp.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Entropy } from "../ports/entropy.ts";
import type { SqlCheckpoint, SqlEngine } from "../ports/sql.ts";
import type { AddOptions, AddSource, AddSummary } from "./add/add-options.ts";
import { addSources } from "./add/add-sources.ts";
import type { CallOptions } from "./call-options.ts";
import type { Catalog, RegisterOptions } from "./catalog.ts";
import type { CatalogContext } from "./context.ts";
import { closedError, disabledSql, readOnlyError, storelessError } from "./disabled.ts";
import {
  findByHashPrefix,
  findById,
  findVariantsByHashPrefix,
  getById,
  listBySha256,
  listDocumentsBy,
  listVariants,
} from "./find/find.ts";
import { importManifest } from "./import/import-manifest.ts";
import type { ImportOptions, ImportSource, ImportSummary } from "./import/import-options.ts";
import { type FinalizeOptions, finalize } from "./ingest/finalize.ts";
import { type IngestOptions, ingest } from "./ingest/ingest.ts";
import type { IngestMeta, IngestResult } from "./ingest/ingest-request.ts";
import type { IngestSource } from "./ingest/source-bytes.ts";
import { insertMeta, selectMeta } from "./meta/meta-statements.ts";
import { createPlacingContext, type PlacingContext, type PlacingOptions } from "./placing/placing-context.ts";
import { registerItems, toRegisterResult } from "./register/register.ts";
import { relocate } from "./relocate/relocate.ts";
import type { RelocateOptions, RelocateSummary, Relocation } from "./relocate/relocate-options.ts";
import { type RemovedDocument, type RemoveOptions, remove } from "./remove/remove.ts";
import { type PageQuery, type SearchPage, search, searchPage } from "./search/search.ts";
import {
  type CatalogStats,
  type DuplicateGroup,
  type DuplicatesOptions,
  findDuplicates,
  stats,
} from "./stats/stats.ts";
import { addVariant } from "./variants/add-variant.ts";

/** What a catalog is made of. A host puts this together for its runtime; see `content-catalog/node`. */
export interface OpenCatalogOptions extends Omit<CatalogContext, "sql"> {
  /** Leave it out to store bytes without registering them; look-ups are then refused. */
  readonly sql?: SqlEngine | undefined;
  /** Where `ingest` and `finalize` put bytes. */
  readonly store?: BlobStore | undefined;
  /** How they name them. */
  readonly placing?: PlacingOptions | undefined;
  /** Where the id of a new catalog comes from. */
  readonly entropy: Entropy;
  /** Write nothing, not even the catalog's id. @default false */
  readonly readOnly?: boolean | undefined;
}

/**
 * Opens a catalog over ports that are open already; the catalog closes the SQL engine when it is closed.
 * @throws {CatalogError} what the engine throws
 */
export async function openCatalog(options: OpenCatalogOptions): Promise<Catalog> {
  const { sql = disabledSql, store, placing, readOnly = false } = options;
  if (!readOnly && options.sql !== undefined) await identify(options.sql, options.entropy);
  const places = store && createPlacingContext(options, { store, options: placing });
  return new OpenCatalog({ ...options, sql }, { placing: places, readOnly });
}

/** Gives a new catalog its id, once. */
async function identify(sql: SqlEngine, entropy: Entropy): Promise<void> {
  const rows = await sql.query(selectMeta("catalog_id"));
  if (rows.length === 0) await sql.batch([insertMeta("catalog_id", entropy.nonce())]);
}

/** The methods of a catalog over the use cases, each of which is a module of its own. */
class OpenCatalog implements Catalog {
  readonly #context: CatalogContext;
  readonly #placing: PlacingContext | undefined;
  readonly #readOnly: boolean;
  #closing: Promise<void> | undefined;

  constructor(
    context: CatalogContext,
    options: { readonly placing: PlacingContext | undefined; readonly readOnly: boolean },
  ) {
    this.#context = context;
    this.#placing = options.placing;
    this.#readOnly = options.readOnly;
  }

  /** What placing works with. */
  #requirePlacing(): PlacingContext {
    if (this.#closing !== undefined) throw closedError();
    if (this.#placing === undefined) throw storelessError();
    if (this.#readOnly) throw readOnlyError(this.#placing.store.root);
    return this.#placing;
  }

  #now(): Timestamp {
    return formatTimestamp(this.#context.clock.now());
  }

  async registerOrGet(registration: Registration, options: RegisterOptions = {}): Promise<RegisterResult> {
    const [result] = await this.registerMany([registration], options);
    return result as RegisterResult;
  }

  async registerMany(
    registrations: readonly Registration[],
    options: RegisterOptions = {},
  ): Promise<readonly RegisterResult[]> {
    const now = this.#now();
    const items = registrations.map((each) => ({ registration: parseRegistration(each, now), variants: [] }));
    const { onChange = "keep", signal } = options;
    const registered = await registerItems(this.#context, items, {
      onChange: parseOnChange(onChange),
      durable: true,
      now,
      records: true,
      signal,
    });
    return registered.map(toRegisterResult);
  }

  async addVariant(
    documentId: number,
    variant: VariantRegistration,
    options: CallOptions = {},
  ): Promise<VariantResult> {
    return addVariant(this.#context, documentId, parseVariant(variant, this.#now()), options);
  }

  async getById(id: number, options: CallOptions = {}): Promise<DocumentRecord> {
    return getById(this.#context, id, options);
  }

  async findById(id: number, options: CallOptions = {}): Promise<DocumentRecord | undefined> {
    return findById(this.#context, id, options);
  }

  async listByArtifact(artifactId: string, options: CallOptions = {}): Promise<readonly DocumentRecord[]> {
    return listDocumentsBy(this.#context, "artifactId", parseName("artifactId", artifactId), options);
  }

  async listByUrl(sourceUrl: string, options: CallOptions = {}): Promise<readonly DocumentRecord[]> {
    return listDocumentsBy(this.#context, "sourceUrl", parseName("sourceUrl", sourceUrl), options);
  }

  async listByRun(runId: string, options: CallOptions = {}): Promise<readonly DocumentRecord[]> {
    return listDocumentsBy(this.#context, "runId", parseName("runId", runId), options);
  }

  async listBySha256(sha256: string, options: CallOptions = {}): Promise<readonly DocumentRecord[]> {
    return listBySha256(this.#context, sha256, options);
  }

  async findByHashPrefix(prefix: string, options: CallOptions = {}): Promise<readonly DocumentRecord[]> {
    return findByHashPrefix(this.#context, prefix, options);
  }

  async findVariantsByHashPrefix(prefix: string, options: CallOptions = {}): Promise<readonly VariantRecord[]> {
    return findVariantsByHashPrefix(this.#context, prefix, options);
  }

  async listVariants(documentId: number, options: CallOptions = {}): Promise<readonly VariantRecord[]> {
    return listVariants(this.#context, documentId, options);
  }

  search(query: SearchQuery = {}, options: CallOptions = {}): AsyncIterable<DocumentRecord> {
    return search(this.#context, query, options);
  }

  async searchPage(query: PageQuery = {}, options: CallOptions = {}): Promise<SearchPage> {
    return searchPage(this.#context, query, options);
  }

  async findDuplicates(options: DuplicatesOptions = {}): Promise<readonly DuplicateGroup[]> {
    return findDuplicates(this.#context, options);
  }

  async stats(options: CallOptions = {}): Promise<CatalogStats> {
    return stats(this.#context, options);
  }

  async remove(ids: readonly number[], options: RemoveOptions = {}): Promise<readonly RemovedDocument[]> {
    return remove(this.#context, ids, options);
  }

  async ingest(source: IngestSource, meta: IngestMeta, options: IngestOptions = {}): Promise<IngestResult> {
    return ingest(this.#requirePlacing(), source, meta, options);
  }

  async finalize(path: string, meta: IngestMeta, options: FinalizeOptions = {}): Promise<IngestResult> {
    return finalize(this.#requirePlacing(), path, meta, options);
  }

  async add(sources: readonly AddSource[], options: AddOptions = {}): Promise<AddSummary> {
    return addSources(this.#requirePlacing(), sources, options);
  }

  async importManifest(source: ImportSource, options: ImportOptions = {}): Promise<ImportSummary> {
    const placing = options.into === undefined ? undefined : this.#requirePlacing();
    return importManifest({ ...this.#context, placing }, source, options);
  }

  async checkpoint(): Promise<SqlCheckpoint> {
    return this.#context.sql.checkpoint();
  }

  async relocate(relocation: Relocation, options: RelocateOptions = {}): Promise<RelocateSummary> {
    return relocate(this.#context, relocation, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#context.sql.close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
