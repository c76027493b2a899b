import { asCatalogError } from "../../../core/messages/file-error.ts";
import type { BlobKey } from "../../../core/naming/blob-key.ts";
import { isCatalogError } from "../../../errors.ts";
import type { BlobStat } from "../../../ports/blob-store.ts";
import { isCasName } from "../../collect/find/claims-of-ours.ts";
import { acquireLease, type Lease } from "../../leases/lease.ts";
import { findDamage } from "../../placing/find-damage.ts";
import type { StagedContent } from "../../placing/stage-content.ts";
import { type Damage, makeEvidence } from "../../quarantine/make-evidence.ts";
import type { BadBlob } from "../bad-blob.ts";
import type { RepairContext } from "../repair-context.ts";
import type { RepairReason } from "../repair-options.ts";

/** What came of giving bytes their place: they have it, it has them already, or why not. */
export type PutInPlace =
  | "placed"
  | "intact"
  | (RepairReason & ("other_kind" | "in_use" | "other_catalog" | "permission"));

/** How often a name may be another's just when it was looked at. */
const ATTEMPTS = 5;

/** A bad blob of the root, and the bytes that it is to get. */
export interface Replacement {
  /** The blob. */
  readonly blob: BadBlob;
  /** Its key. */
  readonly key: BlobKey;
  /** Its bytes, staged; they have its hash. */
  readonly content: StagedContent;
}

/**
 * Gives a bad blob of the root its bytes, durable. What has its name is read once more and goes to quarantine, unless it is
 * good by now, or may be what somebody else wants there. The name has a lease meanwhile.
 */
export async function putInPlace(context: RepairContext, replacement: Replacement): Promise<PutInPlace> {
  const { blob, key, content } = replacement;
  const { uri } = blob.place;
  await context.root.enterFor([uri]);
  const { bytes } = content;
  const lease = await acquireLease(context.leases, { uri, origin: "placed", sha256: blob.sha256, bytes });
  try {
    const placer = new Placer(context, replacement, lease);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const became = await placer.attempt();
      if (became === undefined) continue;
      if (became === "placed" || became === "intact") await context.store.syncName(key);
      if (became === "placed") await endPlaced(context, lease);
      return became;
    }
    return "in_use";
  } finally {
    await lease.release();
  }
}

/** Its rows name it already: the lease ends, and it is on record that the bytes are ours. */
async function endPlaced({ sql }: RepairContext, lease: Lease): Promise<void> {
  await sql.batch(lease.ending());
  lease.end();
}

class Placer {
  readonly #context: RepairContext;
  readonly #replacement: Replacement;
  readonly #lease: Lease;
  readonly #isCas: boolean;

  constructor(context: RepairContext, replacement: Replacement, lease: Lease) {
    this.#context = context;
    this.#replacement = replacement;
    this.#lease = lease;
    this.#isCas = isCasName(replacement.key);
  }

  /** Looks at the name, and gives it the bytes; `undefined` when others were faster. */
  async attempt(): Promise<PutInPlace | undefined> {
    const found = await this.#look();
    if (found === "other_kind") return found;
    if (found === undefined) return this.#place();
    const damage = await this.#findDamage(found);
    if (damage === undefined) return "intact";
    if (damage === "permission") return damage;
    const claim = await this.#findClaim();
    return claim ?? this.#replace(found, damage);
  }

  async #look(): Promise<BlobStat | "other_kind" | undefined> {
    try {
      return await this.#context.store.stat(this.#replacement.key);
    } catch (error) {
      if (isCatalogError(error, "REFUSED")) return "other_kind";
      throw error;
    }
  }

  async #place(): Promise<PutInPlace | undefined> {
    const { store } = this.#context;
    const { key, content } = this.#replacement;
    const staged = await content.staging.finish();
    await this.#identify();
    if (await store.place(staged, key, this.#placeOptions())) return "placed";
    this.#lease.identify(undefined);
    return (await store.isKept(key)) ? "in_use" : undefined;
  }

  async #replace(found: BlobStat, damage: Damage): Promise<PutInPlace | undefined> {
    const { store, kept } = this.#context;
    const { key, content } = this.#replacement;
    const evidence = await makeEvidence(this.#context, { ...damage, verb: "repair" });
    const staged = await content.staging.finish();
    await this.#identify();
    const replaced = await store.replace(staged, key, { ...this.#placeOptions(), found, evidence });
    if (replaced !== "changed") kept.changed();
    if (replaced === "replaced") return "placed";
    this.#lease.identify(undefined);
    // A name for people may stand for what somebody else put there.
    return replaced === "overtaken" && !this.#isCas ? "in_use" : undefined;
  }

  #placeOptions(): { readonly readOnly: boolean; readonly sha256: BadBlob["sha256"] } {
    return { readOnly: this.#isCas, sha256: this.#replacement.blob.sha256 };
  }

  /** Before they have the name: a kill in between leaves on record whose they are. */
  async #identify(): Promise<void> {
    const staged = await this.#replacement.content.staging.finish();
    this.#lease.identify(this.#isCas ? null : (await this.#context.store.statStaged(staged)).identity);
  }

  /** What cannot be read off the device is as bad as it can be. */
  async #findDamage(found: BlobStat): Promise<Damage | "permission" | undefined> {
    const { blob, key, content } = this.#replacement;
    const expected = { sha256: blob.sha256, bytes: content.bytes };
    try {
      return await findDamage(this.#context, { key, found, content: expected, thorough: true });
    } catch (cause) {
      const error = asCatalogError(cause, { verb: "read", path: blob.uri });
      if (isCatalogError(error, "PERMISSION")) return "permission";
      if (!isCatalogError(error, "BACKEND")) throw error;
      const actual = { sha256: null, bytes: found.sizeBytes };
      return { reason: "hash_mismatch", uri: blob.place.uri, expected, actual };
    }
  }

  /** Under a name that is made of the hash nobody wants anything else. */
  async #findClaim(): Promise<"in_use" | "other_catalog" | undefined> {
    if (this.#isCas) return undefined;
    const { blob, key, content } = this.#replacement;
    const { uri, sha256, place } = blob;
    const { bytes } = content;
    return this.#context.claims.find({ key, uri, listed: place.uri, sha256, bytes, lease: this.#lease.id });
  }
}
