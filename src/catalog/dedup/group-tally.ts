import type { DocumentRecord } from "../../core/document.ts";
import type { DuplicateGroup } from "./find-duplicates.ts";
import { isFileIdentity } from "./stored-identity.ts";

/** Records of a group that are kept. */
const MAX_RECORDS = 1000;

/** Where the bytes of a document are. */
export interface DocumentPlace {
  /** Its URI as the store, or the real path, has it. */
  readonly uri: string;
  /** What tells the file from others; `undefined` where there is none of that size. */
  readonly identity: string | undefined;
  /** Whether it lies below the root. */
  readonly isInRoot: boolean;
}

/** How many documents have which resolver, and which media type. */
export class OriginCounts {
  /** By resolver. */
  readonly resolvers: Map<string | null, number> = new Map();
  /** By media type; `null` for those without. */
  readonly contentTypes: Map<string | null, number> = new Map();

  /** Counts one. */
  add({ resolver, contentType }: DocumentRecord): void {
    this.resolvers.set(resolver, (this.resolvers.get(resolver) ?? 0) + 1);
    this.contentTypes.set(contentType, (this.contentTypes.get(contentType) ?? 0) + 1);
  }
}

/** Counts documents with the same bytes, as they come, by id. */
export class GroupTally {
  /** Where all of them came from. */
  readonly origins: OriginCounts = new OriginCounts();
  readonly #uris = new Set<string>();
  readonly #identities = new Set<string>();
  readonly #inRoot = new Set<string>();
  readonly #records: DocumentRecord[] = [];
  /** Of the first document of each further URI, and of each further file. */
  readonly #furtherUris = new OriginCounts();
  readonly #furtherFiles = new OriginCounts();
  #documents = 0;
  #bytes = 0;
  #files = 0;
  #missing = 0;

  /** How many came. */
  get documents(): number {
    return this.#documents;
  }

  /** Whether a place was counted already. */
  has(uri: string): boolean {
    return this.#uris.has(uri);
  }

  /** Counts a document; `place` only for one whose URI was not counted. */
  add(record: DocumentRecord, place: DocumentPlace | undefined): void {
    this.#documents += 1;
    this.origins.add(record);
    this.#bytes = Math.max(this.#bytes, record.bytes);
    if (this.#records.length < MAX_RECORDS) this.#records.push(record);
    if (place === undefined) return;
    const { uri, identity, isInRoot } = place;
    if (this.#uris.size > 0) this.#furtherUris.add(record);
    this.#uris.add(uri);
    if (identity === undefined) this.#missing += 1;
    else this.#addFile(record, identity, isInRoot);
  }

  #addFile(record: DocumentRecord, identity: string, isInRoot: boolean): void {
    if (isInRoot) this.#inRoot.add(identity);
    if (this.#identities.has(identity)) return;
    if (this.#identities.size > 0) this.#furtherFiles.add(record);
    this.#identities.add(identity);
    if (isFileIdentity(identity)) this.#files += 1;
  }

  /** Where the documents came from that all files, or where none was seen URIs, but the first are put down to. */
  get further(): OriginCounts {
    return this.#identities.size === 0 ? this.#furtherUris : this.#furtherFiles;
  }

  /** What they are together. */
  describe(sha256: DuplicateGroup["sha256"]): DuplicateGroup {
    const [files, bytes] = [this.#identities.size, this.#bytes];
    return {
      sha256,
      bytes,
      documents: this.#documents,
      records: this.#records,
      blobs: this.#uris.size,
      files: files === 0 ? null : files,
      filesInRoot: this.#inRoot.size,
      missing: this.#missing,
      reclaimableBytes: ((files === 0 ? this.#uris.size : files) - 1) * bytes,
      dedupBytes: Math.max(0, this.#inRoot.size - 1) * bytes,
      mayShareBlocks: this.#files > 1 && bytes > 0,
    };
  }
}
