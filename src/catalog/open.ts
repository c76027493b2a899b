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
import type { Entropy } from "../ports/entropy.ts";
import type { CallOptions, Catalog, RegisterOptions } from "./catalog.ts";
import type { CatalogContext } from "./context.ts";
import type { ImportOptions, ImportSource, ImportSummary } from "./import/import-options.ts";
import { importManifest } from "./import-manifest.ts";
import { addVariant } from "./records/add-variant.ts";
import {
  findByHashPrefix,
  findById,
  findVariantsByHashPrefix,
  getById,
  listBySha256,
  listDocumentsBy,
  listVariants,
} from "./records/find.ts";
import { registerItems, toRegisterResult } from "./records/register.ts";
import { type RemovedDocument, type RemoveOptions, remove } from "./records/remove.ts";
import { type PageQuery, type SearchPage, search, searchPage } from "./records/search.ts";
import { type CatalogStats, type DuplicateGroup, type DuplicatesOptions, findDuplicates, stats } from "./report.ts";
import { insertMeta, selectMeta } from "./statements/meta.ts";

/** What a catalog is made of. A host puts this together for its runtime; see `content-catalog/node`. */
export interface OpenCatalogOptions extends CatalogContext {
  readonly entropy: Entropy;
  /** Write nothing, not even the catalog's id. @default false */
  readonly readOnly?: boolean | undefined;
}

/**
 * Opens a catalog over ports that are open already; the catalog closes the SQL engine when it is closed.
 * @throws {CatalogError} what the engine throws
 */
export async function openCatalog(options: OpenCatalogOptions): Promise<Catalog> {
  if (options.readOnly !== true) await identify(options);
  return new OpenCatalog(options);
}

/** Gives a new catalog its id, once. */
async function identify({ sql, entropy }: OpenCatalogOptions): Promise<void> {
  const rows = await sql.query(selectMeta("catalog_id"));
  if (rows.length === 0) await sql.batch([insertMeta("catalog_id", entropy.nonce())]);
}

/** The methods of a catalog over the use cases, each of which is a module of its own. */
class OpenCatalog implements Catalog {
  readonly #context: CatalogContext;
  #closing: Promise<void> | undefined;

  constructor(context: CatalogContext) {
    this.#context = context;
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

  async importManifest(source: ImportSource, options: ImportOptions = {}): Promise<ImportSummary> {
    return importManifest(this.#context, source, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#context.sql.close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
