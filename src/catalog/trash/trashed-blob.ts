import { isSha256, type Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { isTimestamp, type Timestamp } from "../../core/timestamp.ts";
import type { BlobStore, TakenBlob } from "../../ports/blob-store.ts";
import type { ProcessTable } from "../../ports/process.ts";
import type { SqlRow } from "../../ports/sql.ts";

/** The values of {@link TrashKind}. */
export const TRASH_KINDS: readonly TrashKind[] = ["trash", "displaced", "unlisted", "left", "held"];

/**
 * What a blob in the trash is there for:
 * - `trash`: it was collected, and is kept for people who want it back
 * - `displaced`: something referred to it, and when it was to go back others had its name
 * - `unlisted`: it is kept, and this catalog does not know why; nobody deletes it
 * - `left`: the collector that took it is gone; the next one gives it back first of all
 * - `held`: a collector that may be alive has taken it, and decides about it
 */
export type TrashKind = "trash" | "displaced" | "unlisted" | "left" | "held";

/** A blob that lies in the trash. */
export interface TrashedBlob {
  /** The name that it had. */
  readonly uri: StorageUri;
  /** The run of a collector that took it. */
  readonly run: string;
  /** What it is there for. */
  readonly kind: TrashKind;
  /** How large it is, in bytes. */
  readonly bytes: number;
  /** What it hashes to as far as it is on record, or `null`. */
  readonly sha256: Sha256 | null;
  /** Since when it is there, or `null` where that is not on record. */
  readonly trashedAt: Timestamp | null;
  /** When a collector deletes it; `null`: nobody does. */
  readonly expiresAt: Timestamp | null;
  /** The operation that took it, or `null` where that is not on record. */
  readonly plan: string | null;
}

/** A line of the table `trash`. */
export interface TrashLine {
  /** As in {@link TrashedBlob}. */
  readonly run: string;
  /** As in {@link TrashedBlob}. */
  readonly uri: string;
  /** As in {@link TrashedBlob}. */
  readonly kind: "trash" | "displaced";
  /** As in {@link TrashedBlob}. */
  readonly sha256: Sha256 | null;
  /** As in {@link TrashedBlob}. */
  readonly trashedAt: Timestamp | null;
  /** As in {@link TrashedBlob}. */
  readonly expiresAt: Timestamp | null;
  /** As in {@link TrashedBlob}. */
  readonly plan: string | null;
}

/** The line in a row of `selectTrashAt`. */
export function trashLineFromRow([run, uri, kind, sha256, , trashedAt, expiresAt, plan]: SqlRow): TrashLine {
  return {
    run: String(run),
    uri: String(uri),
    kind: kind === "displaced" ? "displaced" : "trash",
    sha256: isSha256(sha256) ? sha256 : null,
    trashedAt: isTimestamp(trashedAt) ? trashedAt : null,
    expiresAt: isTimestamp(expiresAt) ? expiresAt : null,
    plan: typeof plan === "string" ? plan : null,
  };
}

/** Says what a blob in the trash is there for, by where it lies and what is on record about it. */
export function describeTaken(
  { store, processes }: { readonly store: BlobStore; readonly processes: ProcessTable },
  taken: TakenBlob,
  line: TrashLine | undefined,
): TrashedBlob {
  const { key, run, stat } = taken;
  const kind = taken.kept ? (line?.kind ?? "unlisted") : processes.isAlive(taken.owner) === false ? "left" : "held";
  return {
    uri: store.uriOf(key),
    run,
    kind,
    bytes: stat.sizeBytes,
    sha256: line?.sha256 ?? null,
    trashedAt: line?.trashedAt ?? null,
    // What is not kept is decided about before it can expire.
    expiresAt: taken.kept ? (line?.expiresAt ?? null) : null,
    plan: line?.plan ?? null,
  };
}
