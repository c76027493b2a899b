import { type DocumentRecord, parseSoughtName } from "../../core/document.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { findByHashPrefix, findById, getById, listBySha256, listDocumentsBy } from "./find.ts";

/** Looks documents up by what identifies them. */
export interface FindCapability {
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
  /** All documents that came from a URL, by id; it is compared as it is given and as it is stored, without its secrets. */
  listByUrl(sourceUrl: string, options?: CallOptions): Promise<readonly DocumentRecord[]>;
  /** All documents that a pipeline execution registered, by id. */
  listByRun(runId: string, options?: CallOptions): Promise<readonly DocumentRecord[]>;
  /** All documents with these bytes, by id. @throws {SyntaxError} when it is no SHA-256 */
  listBySha256(sha256: string, options?: CallOptions): Promise<readonly DocumentRecord[]>;
  /** Documents whose hash begins with `prefix`, of at least 4 characters. */
  findByHashPrefix(prefix: string, options?: CallOptions): Promise<readonly DocumentRecord[]>;
}

/** The methods of {@link FindCapability}. */
export function createFindCapability(context: CatalogContext): FindCapability {
  return {
    getById: async (id, options = {}) => getById(context, id, options),
    findById: async (id, options = {}) => findById(context, id, options),
    listByArtifact: async (artifactId, options = {}) =>
      listDocumentsBy(context, "artifactId", parseSoughtName("artifactId", artifactId), options),
    listByUrl: async (sourceUrl, options = {}) =>
      listDocumentsBy(context, "sourceUrl", parseSoughtName("sourceUrl", sourceUrl), options),
    listByRun: async (runId, options = {}) =>
      listDocumentsBy(context, "runId", parseSoughtName("runId", runId), options),
    listBySha256: async (sha256, options = {}) => listBySha256(context, sha256, options),
    findByHashPrefix: async (prefix, options = {}) => findByHashPrefix(context, prefix, options),
  };
}
