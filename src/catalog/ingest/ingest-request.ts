import {
  type DocumentKey,
  type DocumentRecord,
  type ParsedRegistration,
  parseRegistration,
  parseSize,
} from "../../core/document.ts";
import { type OnChange, parseOnChange, type RegisterOutcome, type RegisterResult } from "../../core/outcome.ts";
import { cleanSecrets } from "../../core/secrets/clean-secrets.ts";
import { parseSha256, type Sha256 } from "../../core/sha256.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { CallOptions } from "../call-options.ts";
import type { Placement } from "../placing/place-content.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { findGivenKey } from "../register/rewrite-older-keys.ts";
import type { SourceFile } from "../sources/source-rows.ts";

/** What a caller says about bytes that are to be stored. */
export interface IngestMeta {
  /** The thing wanted, for example `doi:10.1234/abcd`; with the next two it is the key of the document. */
  readonly artifactId: string;
  /** Where the bytes came from. */
  readonly sourceUrl: string;
  /** What found the URL, for example `unpaywall`. */
  readonly resolver: string;
  /** The pipeline execution. @default null */
  readonly runId?: string | null | undefined;
  /** Media type (RFC 9110). @default what the Response says, else what the first bytes tell */
  readonly contentType?: string | null | undefined;
  /** The name for people, for the placeholder `{basename}`. @default the last name in the path of the source URL */
  readonly basename?: string | undefined;
  /** Refuse other bytes. */
  readonly expectedSha256?: string | null | undefined;
  /** Refuse more or fewer bytes. */
  readonly expectedBytes?: number | null | undefined;
  /** When it was downloaded. @default now */
  readonly createdAt?: string | number | Date | undefined;
}

/** Options that `ingest` and `finalize` have in common. */
export interface PlaceContentOptions extends CallOptions {
  /** What is done when the key comes again with other bytes; `keep` does not store them. @default what the catalog was opened with */
  readonly onChange?: OnChange | undefined;
}

/** The answer to bytes that were given. */
export interface IngestResult extends Omit<RegisterResult, "outcome"> {
  /** The row as it is now. With the catalog disabled there is none: then `id` is 0 and the rest what it would hold. */
  readonly record: DocumentRecord;
  /** What registering did; `placed` with the catalog disabled. */
  readonly outcome: RegisterOutcome | "placed";
  /** No bytes were added to the store, as it had them. */
  readonly deduplicated: boolean;
  /** How the bytes came to where they are. */
  readonly placement: Placement;
  /** Why a file that was to be moved is still there, as the end of "The file was kept: it ...". */
  readonly sourceKept?: string;
}

/** What a caller said, checked. */
export interface IngestRequest {
  /** Its URI, hash and size are those of nothing yet. */
  readonly document: ParsedRegistration;
  /** Its key as it was given, where it has secrets. */
  readonly given: DocumentKey | undefined;
  /** The name for people; `undefined`: the last name in the path of the source URL. */
  readonly basename: string | undefined;
  /** Other bytes are refused; `undefined`: any hash is right. */
  readonly expectedSha256: Sha256 | undefined;
  /** More or fewer bytes are refused; `undefined`: any size is right. */
  readonly expectedBytes: number | undefined;
  /** What is done when the key comes again with other bytes. */
  readonly onChange: OnChange;
  /** The file that the bytes come from, where that is written down. */
  readonly file?: SourceFile | undefined;
  /**
   * The last tombstone that a run over many files knew: what was removed on purpose later does not come back by it.
   * @default somebody wants just these bytes
   */
  readonly notRemovedAfter?: number | undefined;
}

/** Checks what a caller says, before anything is done. Errors are those of `parseRegistration`. */
export function parseIngest(context: PlacingContext, meta: IngestMeta, options: PlaceContentOptions): IngestRequest {
  const now = formatTimestamp(context.clock.now());
  const { artifactId, sourceUrl, resolver, runId, contentType, createdAt } = meta;
  const known = { artifactId, sourceUrl, resolver, runId, contentType, createdAt };
  const { expectedSha256, expectedBytes, basename } = meta;
  if (basename !== undefined && typeof basename !== "string") {
    throw new TypeError(`Cannot use basename ${String(basename)}: expected a string`);
  }
  return {
    document: parseRegistration({ ...known, bytes: 0, storageUri: "about:blank" }, now),
    given: findGivenKey(meta),
    basename: basename === undefined ? undefined : cleanSecrets(basename),
    expectedSha256: expectedSha256 == null ? undefined : parseSha256(expectedSha256),
    expectedBytes: expectedBytes == null ? undefined : parseSize("expectedBytes", expectedBytes),
    onChange: parseOnChange(options.onChange ?? "keep"),
  };
}
