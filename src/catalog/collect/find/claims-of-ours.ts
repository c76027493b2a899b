import type { BlobKey } from "../../../core/naming/blob-key.ts";
import { CAS_FOLDER } from "../../../core/naming/layout.ts";
import { parseSha256, type Sha256 } from "../../../core/sha256.ts";
import { isTimestamp, type Timestamp } from "../../../core/timestamp.ts";
import type { BlobStat } from "../../../ports/blob-store.ts";
import type { RootMember } from "../../root/root-members.ts";
import { selectKnownFiles, selectLastRemovals, selectPlaced } from "./claim-statements.ts";

/** A name of layout `cas`, with any prefix that the settings can have. */
const CAS_NAME = new RegExp(`^${CAS_FOLDER}/[^./][^/]*/[0-9a-f]{2}/[0-9a-f]{62}$`);

/** A name with a dot in front, or in a folder that has one. */
const HIDDEN = /(?:^|\/)\./;

/** Whether a name can stand for nothing but the bytes with the hash that it gives. */
export function isCasName(key: BlobKey): boolean {
  return CAS_NAME.test(key);
}

/** `ab/cdef...`, with which a name of layout `cas` ends. */
const HASH_LENGTH = 65;

/** The hash that a name of layout `cas` gives; `undefined` for any other name. */
export function hashOfCasName(key: BlobKey): Sha256 | undefined {
  return isCasName(key) ? parseSha256(key.slice(-HASH_LENGTH).replace("/", "")) : undefined;
}

/** What must be so of a file that nothing refers to for it to be ours. */
export interface Claim {
  /** Why it is garbage. */
  readonly reason: "unreferenced" | "abandoned";
  /** Its hash begins with one of these; `undefined` where its name, or the file itself, is proof enough. */
  readonly hashStarts: readonly string[] | undefined;
}

/** What catalogs of a root know about a name that nothing refers to. */
export interface NameOnRecord {
  /** When the last reference to it went; `undefined` where that is not on record. */
  readonly lastRemovedAt: Timestamp | undefined;
  /** What would prove that what has it is ours; any of them does. */
  readonly claims: readonly OwnershipClaim[];
}

/** What a catalog has on record about a file that it put somewhere. */
export type OwnershipClaim =
  | { readonly by: "hash"; readonly sha256Start: string }
  | {
      readonly by: "identity";
      readonly identity: string;
      readonly bytes: number | undefined;
      readonly sha256: Sha256 | undefined;
      readonly reason: Claim["reason"];
    };

/** Looks up what the catalogs of a root know about names, in the same order. */
export async function lookUpNames(
  members: readonly RootMember[],
  keys: readonly BlobKey[],
): Promise<readonly NameOnRecord[]> {
  const found = keys.map(() => ({ lastRemovedAt: undefined as Timestamp | undefined, claims: [] as OwnershipClaim[] }));
  for (const member of members) {
    const at = new Map<string, number>(keys.map((key, index) => [member.uriOf(key), index]));
    const uris = [...at.keys()];
    const of = (uri: unknown): (typeof found)[number] | undefined => found[at.get(String(uri)) ?? -1];
    for (const [uri, removedAt] of await member.sql.query(selectLastRemovals(uris))) {
      const name = of(uri);
      if (name === undefined || !isTimestamp(removedAt)) continue;
      if (name.lastRemovedAt === undefined || name.lastRemovedAt < removedAt) name.lastRemovedAt = removedAt;
    }
    for (const [uri, sha256Start] of await member.sql.query(selectPlaced(uris))) {
      of(uri)?.claims.push({ by: "hash", sha256Start: String(sha256Start) });
    }
    for (const [uri, identity, bytes, sha256, verb] of await member.sql.query(selectKnownFiles(uris))) {
      const size = typeof bytes === "number" ? bytes : undefined;
      const hash = typeof sha256 === "string" ? (sha256 as Sha256) : undefined;
      const reason = verb === "gc" ? "unreferenced" : "abandoned";
      of(uri)?.claims.push({ by: "identity", identity: String(identity), bytes: size, sha256: hash, reason });
    }
  }
  return found;
}

/** Whether a pin may keep what has a name, by any hash that is on record of it. */
export function mayBePinned(
  { claims }: NameOnRecord,
  pins: { readonly mayBePinned: (sha256Start: string) => boolean },
): boolean {
  return claims.some((claim) => {
    const sha256 = claim.by === "hash" ? claim.sha256Start : claim.sha256;
    return sha256 !== undefined && pins.mayBePinned(sha256);
  });
}

/** Finds what is to be proven of a file for it to be ours; `undefined` where nothing is known that it could be. */
export function findClaim(key: BlobKey, stat: BlobStat, { claims }: NameOnRecord): Claim | undefined {
  // Nothing that is placed has a dot in front, whatever a catalog says.
  if (HIDDEN.test(key)) return undefined;
  if (isCasName(key)) return { reason: "unreferenced", hashStarts: undefined };
  const hashStarts: string[] = [];
  for (const claim of claims) {
    if (claim.by === "hash") hashStarts.push(claim.sha256Start);
    else if (claim.identity === stat.identity && (claim.bytes ?? stat.sizeBytes) === stat.sizeBytes) {
      return { reason: claim.reason, hashStarts: claim.sha256 === undefined ? undefined : [claim.sha256] };
    }
  }
  return hashStarts.length === 0 ? undefined : { reason: "unreferenced", hashStarts };
}
