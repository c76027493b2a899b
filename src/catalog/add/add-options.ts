import type { OnChange, RegisterOutcome } from "../../core/outcome.ts";
import type { CallOptions } from "../call-options.ts";
import type { IngestMeta } from "../ingest/ingest-request.ts";
import type { IngestSource } from "../ingest/source-bytes.ts";
import type { Placement } from "../placing/place-content.ts";

/** What is said about something that is added, beside what it says by itself. */
export type AddMeta = Partial<Pick<IngestMeta, "artifactId" | "sourceUrl" | "resolver" | "contentType">>;

/** A file, or with `recursive` a folder, of this machine. */
export interface PathSource {
  /** Absolute. A symlink is followed here, and nowhere below. */
  readonly path: string;
  /** Of a folder only `resolver` may be said. @default what `add` makes of the path */
  readonly meta?: AddMeta | undefined;
}

/** Bytes from elsewhere. */
export interface OpenableSource {
  /** For messages, without secrets. */
  readonly name: string;
  /** What is registered about them; a content type is sniffed if none is said. */
  readonly meta: Pick<IngestMeta, "artifactId" | "sourceUrl" | "resolver" | "contentType">;
  /**
   * Called when the sources before it have begun; what it throws is a finding. It has 120 seconds; the signal aborts when they are over,
   * and with that of the call.
   */
  readonly open: (options: { readonly signal: AbortSignal }) => Promise<IngestSource>;
}

/** Something to add. */
export type AddSource = PathSource | OpenableSource;

/**
 * How files come into the root; bytes from elsewhere are always stored.
 * - `copy`: by sharing the device's blocks where that works, else by copying
 * - `move`: the file goes when its row is durable
 * - `hardlink`: by a second name where that works, else by copying
 * - `none`: they stay where they are, and are registered there
 */
export type AddInto = "copy" | "move" | "hardlink" | "none";

/** The values of {@link AddInto}. */
export const ADD_INTO: readonly AddInto[] = ["copy", "move", "hardlink", "none"];

/** Why something was not added, or not as it is. */
export type AddFindingKind =
  /** It vanished before it was read. */
  | "gone"
  /** It is there and cannot be read. */
  | "unreadable"
  /** It changed while it was read. */
  | "unstable"
  /** Its name cannot be used: it is not valid UTF-8, or too long. */
  | "unusable"
  /** A guard said no: for example a response without success. */
  | "refused"
  /** The bytes are not those that were announced, or came back wrong from the disk. */
  | "damaged"
  /** The source does not answer, or failed on the way. */
  | "unavailable"
  /** It was stored, and not removed as `move` would: it changed since, cannot be removed, or no copy is proven. */
  | "kept"
  /** The key is in the catalog with other bytes; see `onChange`. */
  | "changed";

/** Something to report about one file or source. */
export interface AddFinding {
  /** What is wrong. */
  readonly kind: AddFindingKind;
  /** One sentence for people; names are quoted and escaped, secrets left out. */
  readonly message: string;
  /** The path, or the name of a source from elsewhere. */
  readonly path: string;
}

/** What became of one file or other source; those that failed are findings only. */
export interface AddedSource {
  /** The path, or the name of a source from elsewhere. */
  readonly path: string;
  /** Under which id it is in the catalog. */
  readonly artifactId: string;
  /** What registering did; `placed` with the catalog disabled; `removed_before` where it was passed over, see `bringBack`. */
  readonly outcome: RegisterOutcome | "placed" | "removed_before";
  /** How its bytes came to where they are; `inPlace` for a file that is registered where it lies. */
  readonly placement: Placement | "inPlace";
  /** Size of the bytes that were offered. */
  readonly bytes: number;
  /** The file is gone from where it was, as `move` has it. */
  readonly moved: boolean;
}

/** How far it is. */
export interface AddProgress {
  /** Files and other sources that are done, also those that failed. */
  readonly files: number;
  /** Their size in bytes, but for those that failed. */
  readonly bytes: number;
  /** Those of them whose bytes were removed on purpose, and that were passed over. */
  readonly removedBefore: number;
  /** Where they are known beforehand, which they are not for folders. */
  readonly filesTotal?: number;
  /** Size of all of them in bytes, where it is known beforehand. */
  readonly bytesTotal?: number;
}

/** Options of `add`. */
export interface AddOptions extends CallOptions {
  /** Take folders, with everything below them. @default false */
  readonly recursive?: boolean | undefined;
  /**
   * Add what was removed on purpose, too, where it lies in a folder. A file that is named itself is added in any case, and
   * so is what has other bytes by now. @default false
   */
  readonly bringBack?: boolean | undefined;
  /** How files come into the root. @default "copy" */
  readonly into?: AddInto | undefined;
  /** What is done when a key comes again with other bytes. @default what the catalog was opened with */
  readonly onChange?: OnChange | undefined;
  /** The pipeline execution that is registered. @default none */
  readonly runId?: string | undefined;
  /** Files worked on at once: 1 to 256. @default 4 */
  readonly jobs?: number | undefined;
  /** Told about every finding, in the order of the files. */
  readonly onFinding?: ((finding: AddFinding) => void) | undefined;
  /** Told what became of each file, in their order. */
  readonly onAdded?: ((added: AddedSource) => void) | undefined;
  /** Told now and then, at most some ten times a second. */
  readonly onProgress?: ((progress: AddProgress) => void) | undefined;
}

/** What `add` did. Every file is counted once as one of those from `stored` to `failed`. */
export interface AddSummary {
  /** Files and other sources that were seen; no symlinks, no special files. */
  readonly files: number;
  /** Their size in bytes, but for those that failed. */
  readonly bytes: number;
  /** Bytes were written. */
  readonly stored: number;
  /** How many bytes were written for them. */
  readonly storedBytes: number;
  /** A new row for bytes that the store had under the same name. */
  readonly deduplicated: number;
  /** Bytes that the store had elsewhere got a second name. */
  readonly linked: number;
  /** Bytes that the store had elsewhere are shared on the device. */
  readonly cloned: number;
  /** A new row for a file where it lies, with `into: "none"`. */
  readonly registered: number;
  /** Row and bytes were there. */
  readonly found: number;
  /** The key has other bytes, which stay. */
  readonly kept: number;
  /** Files in folders whose bytes were removed on purpose: they were passed over. */
  readonly removedBefore: number;
  /** Files that are still there although `move` was asked for, beside how they were stored. */
  readonly sourcesKept: number;
  /** Each of them is a finding. */
  readonly failed: number;
  /** Rows created. */
  readonly documents: number;
  /** Rows that took other bytes, beside how these were stored. */
  readonly replaced: number;
  /** Rows of which other bytes became a variant, beside how these were stored. */
  readonly variants: number;
  /** Symlinks that were skipped. */
  readonly symlinks: number;
  /** Sockets, pipes and devices that were skipped. */
  readonly special: number;
  /** Files and folders of the catalog itself that were skipped. */
  readonly own: number;
}
