import type { FieldMap } from "../../core/manifest/field-map.ts";
import type { OnChange, RegisterOutcome } from "../../core/outcome.ts";
import type { CallOptions } from "../call-options.ts";
import type { Placement } from "../placing/place-content.ts";
import type { Transfer } from "../placing/stage-file.ts";

/** Where manifest lines come from: a file with an absolute path, or a stream and its name for messages. */
export type ImportSource =
  | { readonly path: string }
  | { readonly stream: ReadableStream<Uint8Array>; readonly name: string };

/** `auto` looks at the first JSON object; `downloader` is the downloader's schema v5; `jsonl` takes a field map. */
export type ManifestFormat = "auto" | "downloader" | "jsonl";

/** Which files are read for their hash: those whose line has none, all, or none (then no file is touched at all). */
export type HashMode = "missing" | "all" | "none";

/** Why an outcome was not registered as its line says, or not at all. */
export type ImportFindingKind =
  /** The line cannot be used: torn, binary, too long, no id, a size that is no number. Not registered. */
  | "damaged"
  /** The file is not there. Not registered without `allowMissing`, and then only if the line has a size. */
  | "gone"
  /** The path leaves the base directory, by its name or through a symlink. Not registered without `allowOutside`. */
  | "outside"
  /** The file is there and cannot be read, or is no regular file. Not registered. */
  | "unreadable"
  /** The file belongs to a catalog in use, or is the configuration in use and was to be moved. Not registered. */
  | "own"
  /** The file changed while it was read. Not registered. */
  | "unstable"
  /** The line's size contradicts the file. Registered with the file's size, and without the line's hash. */
  | "wrong_size"
  /** The line's hash contradicts the file. Registered with the file's hash. */
  | "wrong_hash"
  /** Stored, and not removed as `move` would: it changed since, cannot be removed, or no copy is proven. Registered. */
  | "kept"
  /** The key is in the catalog with other bytes, or such that were not compared; see `onChange`. */
  | "changed";

/**
 * Something to report about one line. It may be about another rendering that the line names: then only this rendering
 * is not registered.
 */
export interface ImportFinding {
  /** What is wrong, and what was done about it. */
  readonly kind: ImportFindingKind;
  /** Counted from 1. */
  readonly line: number;
  /** What is wrong, as one sentence for people; text from the manifest is quoted and escaped. */
  readonly message: string;
  /** The artifact id of the line, where it could be read. */
  readonly artifactId?: string;
  /** As written in the line. */
  readonly path?: string;
}

/** What became of an outcome that was registered, or whose key was there. */
export interface ImportedOutcome {
  /** Counted from 1. */
  readonly line: number;
  /** As written in the line. */
  readonly path: string;
  /** Under which id it is in the catalog. */
  readonly artifactId: string;
  /** What registering did; `removed_before` for what was passed over, see `bringBack`. */
  readonly outcome: RegisterOutcome | "removed_before";
  /** How its bytes came to where they are; `inPlace` for a file that is registered where it lies. */
  readonly placement: Placement | "inPlace";
  /** Size of the bytes that were offered. */
  readonly bytes: number;
  /** The file is gone from where it was, as `move` has it. */
  readonly moved: boolean;
}

/** How far an import is. */
export interface ImportProgress {
  /** Lines that were read. */
  readonly lines: number;
  /** How much of the manifest was read, in bytes. */
  readonly bytesRead: number;
  /** Size of the manifest in bytes, where it is known. */
  readonly bytesTotal?: number;
  /** Rows created. */
  readonly documents: number;
  /** Outcomes whose bytes were removed on purpose, and that were passed over. */
  readonly removedBefore: number;
  /** Size of what was read of files for their hash, in bytes. */
  readonly bytesHashed: number;
}

/** Options of `importManifest`. */
export interface ImportOptions extends CallOptions {
  /** What the lines are. @default "auto" */
  readonly format?: ManifestFormat | undefined;
  /** Which field of a generic line holds what. @default the names of the catalog's own columns, and common others */
  readonly fields?: FieldMap | undefined;
  /** Which files are read for their hash. @default "missing" */
  readonly hash?: HashMode | undefined;
  /** What relative paths start from: an absolute path; a stream needs one. @default the manifest's folder */
  readonly baseDir?: string | undefined;
  /**
   * How files come into the root, see {@link Transfer}; their bytes are hashed on the way whatever `hash` says, but not
   * with `"none"`, which is refused, as is `allowMissing`. @default they are registered where they lie
   */
  readonly into?: Transfer | undefined;
  /** Register a file that is not there, if its line has a size; it is a finding all the same. @default false */
  readonly allowMissing?: boolean | undefined;
  /** Register files that the base directory does not contain; there is no finding then. @default false */
  readonly allowOutside?: boolean | undefined;
  /**
   * Register what was removed on purpose, too; what has other bytes by now is registered in any case. @default false
   */
  readonly bringBack?: boolean | undefined;
  /** Stop at the first finding; what was registered before stays, that line is not registered. @default false */
  readonly strict?: boolean | undefined;
  /** What is done when a key comes again with other bytes. @default what the catalog was opened with */
  readonly onChange?: OnChange | undefined;
  /** For lines that name no run. */
  readonly runId?: string | undefined;
  /** For generic lines that name no resolver. @default "unknown" */
  readonly resolver?: string | undefined;
  /** Files read at once: 1 to 256. @default 4 */
  readonly jobs?: number | undefined;
  /** Told about every finding, in the order of the lines. */
  readonly onFinding?: ((finding: ImportFinding) => void) | undefined;
  /** Told what became of each outcome, in the order of the lines. */
  readonly onImported?: ((imported: ImportedOutcome) => void) | undefined;
  /** Told now and then, at most some ten times a second. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
}

/** What an import did. Every line is counted once as attempt, other, damaged, failure, skip, dryRun or outcome. */
export interface ImportSummary {
  /** Lines that were read. */
  readonly lines: number;
  /** Lines that record an attempt. */
  readonly attempts: number;
  /** Lines of other records, like a summary, and empty lines. */
  readonly other: number;
  /** Lines that say a file was stored. */
  readonly outcomes: number;
  /** Lines that say nothing was stored although something was asked for. */
  readonly failures: number;
  /** Lines that say the downloader left it out. */
  readonly skips: number;
  /** Lines of a run that only tried. */
  readonly dryRuns: number;
  /** Lines that cannot be used. */
  readonly damaged: number;
  /** Files of outcomes and of their other renderings that are not there; the next six are about the same files. */
  readonly gone: number;
  /** Files that the base directory does not contain; 0 with `allowOutside`. */
  readonly outside: number;
  /** Files that are there and cannot be read, and what is no regular file. */
  readonly unreadable: number;
  /** Files of catalogs in use, and the configuration in use where it was to be moved. */
  readonly own: number;
  /** Files that changed while they were read. */
  readonly unstable: number;
  /** Files whose size is not the one of their line; registered with their own. */
  readonly wrongSize: number;
  /** Files whose hash is not the one of their line; registered with their own. */
  readonly wrongHash: number;
  /** Files that are still there although they were to be moved. */
  readonly sourcesKept: number;
  /** Outcomes whose key was there with the same bytes. */
  readonly repeats: number;
  /** Outcomes whose bytes were removed on purpose: they were passed over, and nothing is reported of them. */
  readonly removedBefore: number;
  /** Outcomes and variants whose key was there with other bytes. */
  readonly changed: number;
  /** Rows created. */
  readonly documents: number;
  /** Rows of variants created. */
  readonly variants: number;
  /** Size of the created documents, in bytes. */
  readonly bytes: number;
  /** Files that were read for their hash. */
  readonly filesHashed: number;
  /** Their size, in bytes. */
  readonly bytesHashed: number;
  /** Whether the import stopped early because of `strict`. */
  readonly stopped: boolean;
}
