import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { ProcessIdentity } from "../../ports/process.ts";
import type { Incident } from "../ledger/history/incident.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import type { Pin } from "../pins/pin.ts";
import type { RemovalRecord } from "../removals/removal-line.ts";
import type { Tombstone } from "../tombstones/tombstone.ts";
import type { TrashedBlob } from "../trash/trashed-blob.ts";

/** What a catalog, and those that share its root with it, know about something. */
export interface Explanation {
  /** The word that it was asked by. */
  readonly target: string;
  /** Whether anybody knows it, or ever did. */
  readonly isKnown: boolean;
  /** Documents that it names, or whose bytes it names, by id. */
  readonly documents: readonly DocumentRecord[];
  /** Variants of these, and those whose bytes it names, by id. */
  readonly variants: readonly VariantRecord[];
  /** The places of all bytes that are concerned, by URI. */
  readonly places: readonly PlaceExplanation[];
  /** What is pinned of all that, by this catalog and by others of the root. */
  readonly pins: readonly PinFact[];
  /** What happened to rows and blobs that it names, and at these places, in order. */
  readonly removals: readonly RemovalFact[];
  /** What was removed on purpose of all that, and stays so until somebody wants it again, in order. */
  readonly tombstones: readonly Tombstone[];
  /** Catalogs of the root that could not be asked: what they keep is not told. */
  readonly unreadable: readonly UnreadableMember[];
}

/** A line of `removals`, and whose it is. */
export interface RemovalFact extends RemovalRecord {
  /** The catalog that has the line, or `null` for the one that was asked. */
  readonly catalogId: string | null;
  /** The place that {@link uri} means: that of a {@link PlaceExplanation}, or `null` where it means none. */
  readonly place: StorageUri | null;
}

/** Where the bytes of a place are. */
export const BYTES_AT: readonly BytesAt[] = ["stored", "elsewhere", "missing", "held", "unknown"];

/**
 * Where the bytes of a place are:
 * - `stored`: in the root, under this name
 * - `elsewhere`: in a file outside of the root, under this name
 * - `missing`: nothing is there; they may lie in the trash
 * - `held`: a collector has them, and decides about them at this moment
 * - `unknown`: nobody can look there, as into a store that this catalog does not have
 */
export type BytesAt = "stored" | "elsewhere" | "missing" | "held" | "unknown";

/** What keeps the bytes of a place, or what will become of them, or what became. */
export interface PlaceExplanation {
  /** As it is stored from now on. */
  readonly uri: StorageUri;
  /** The real path, or `null` for what is no file of this machine. */
  readonly path: string | null;
  /** Where its bytes are. */
  readonly bytesAt: BytesAt;
  /** How large what has the name is, or `null` where nothing has it. */
  readonly bytes: number | null;
  /** Documents of this catalog that name it, by id. */
  readonly documents: readonly DocumentRecord[];
  /** Variants of this catalog that name it, by id. */
  readonly variants: readonly VariantRecord[];
  /** Claims of any catalog of the root: who has one is about to register it. */
  readonly leases: readonly LeaseFact[];
  /** Pins that hold it, or its bytes, or rows of this catalog that name it. */
  readonly pins: readonly PinFact[];
  /** Other catalogs of the root whose rows name it. */
  readonly keptBy: readonly KeepingCatalog[];
  /** What was verified of it last by this catalog, or `null` where it never was. */
  readonly verified: LedgerEntry | null;
  /** Each time that this catalog found it bad, in order. */
  readonly incidents: readonly Incident[];
  /** What of it lies in the trash. */
  readonly trash: readonly TrashedBlob[];
  /** What becomes of it when nothing refers to it; `null` where something does, or nothing is there. */
  readonly orphan: OrphanFact | null;
}

/** A claim on a place, from before anybody looks at it until its row is there. */
export interface LeaseFact {
  /** The place. */
  readonly uri: StorageUri;
  /** The catalog that has it, or `null` for the one that was asked. */
  readonly catalogId: string | null;
  /** How the bytes come to be there: `placed`, `in_place`, `registered`. */
  readonly origin: string;
  /** Who holds it, as far as that can be read. */
  readonly holder: ProcessIdentity | null;
  /** `false` if the holder is certainly gone, `null` where nobody can tell. */
  readonly holderIsAlive: boolean | null;
  /** Since when. */
  readonly takenAt: Timestamp;
  /** When its catalog may end it. */
  readonly expiresAt: Timestamp;
}

/** A pin, and whose it is. */
export interface PinFact extends Pin {
  /** The catalog that has it, or `null` for the one that was asked. */
  readonly catalogId: string | null;
}

/** Another catalog of the root whose rows name a place. */
export interface KeepingCatalog {
  /** Its id. */
  readonly catalogId: string;
  /** Where it is, or `null` where it is nowhere but in memory. */
  readonly catalogPath: string | null;
  /** How many of its documents name the place. */
  readonly documents: number;
  /** How many of its variants do. */
  readonly variants: number;
}

/** What becomes of bytes that nothing refers to. */
export interface OrphanFact {
  /** Whether they can be shown to be ours. What cannot is never collected, unless somebody says so. */
  readonly isOurs: boolean;
  /** Since when nothing refers to them; `null` until a collector has looked. */
  readonly since: Timestamp | null;
  /** From when on they may be collected; `null` where `since` is, and for what is not ours. */
  readonly ripeAt: Timestamp | null;
}

/** A catalog of the root that could not be asked. */
export interface UnreadableMember {
  /** Its id. */
  readonly catalogId: string;
  /** Where it should be, or `null` where that is not known. */
  readonly catalogPath: string | null;
  /** What is wrong, as the second half of a sentence that names the catalog. */
  readonly reason: string;
}
