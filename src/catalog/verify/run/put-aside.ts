import type { BlobKey } from "../../../core/naming/blob-key.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import type { BlobContent, BlobVerification } from "../../../core/verification/verification.ts";
import { isCatalogError } from "../../../errors.ts";
import type { BlobStat } from "../../../ports/blob-store.ts";
import type { SqlEngine } from "../../../ports/sql.ts";
import { findBlobRows } from "../../ledger/expectations.ts";
import type { PlacingContext } from "../../placing/placing-context.ts";
import { makeEvidence } from "../../quarantine/make-evidence.ts";
import { MEMORY_MARKER } from "../../root/root-marker.ts";
import { RootMembers } from "../../root/root-members.ts";
import type { CheckedBlob } from "../look/blob-checker.ts";
import { judge } from "../look/judge.ts";

/** What {@link PutAside} works with. */
export interface PutAsideContext extends PlacingContext {
  /** The catalog. */
  readonly sql: SqlEngine;
}

/**
 * What became of damaged bytes:
 * - `aside`: they are in quarantine
 * - `changed`: something else has the name by now, or rows say something else: it is worth another look
 * - `stays`: they are not to be moved, or cannot be
 */
export type PutAsideResult =
  | { readonly became: "aside"; readonly to: StorageUri }
  | { readonly became: "changed" | "stays" };

const STAYS: PutAsideResult = { became: "stays" };

/** Why the bytes of a blob cannot be moved, and those of others may be. */
const PASSING = ["PERMISSION", "READ_ONLY", "NO_SPACE", "REFUSED", "UNSUPPORTED"] as const;

/** Damaged bytes: those that were read, in the root, and are surely none of a row. */
interface DamagedBlob {
  readonly key: BlobKey;
  readonly found: BlobStat;
  readonly reason: "hash" | "size";
}

/** Puts damaged bytes aside. Only what was read, and is still what it was; never what a row has on record. */
export class PutAside {
  readonly #context: PutAsideContext;
  readonly #members: RootMembers;

  /** Opens no other catalog yet. */
  constructor(context: PutAsideContext) {
    this.#context = context;
    this.#members = new RootMembers({ ...context, catalogPath: context.settings.catalogPath });
  }

  /** Puts the bytes of a blob aside that was found bad. */
  async put(checked: CheckedBlob): Promise<PutAsideResult> {
    const { verification } = checked;
    const damaged = this.#findDamaged(checked);
    if (damaged === undefined) return STAYS;
    if (!(await this.#isStillWrong(checked))) return { became: "changed" };
    if (await this.#isWantedElsewhere(damaged.key, verification)) return STAYS;
    try {
      return await this.#move(damaged, checked);
    } catch (error) {
      if (!PASSING.some((code) => isCatalogError(error, code))) throw error;
      this.#warn("Could not put damaged bytes aside", verification.uri, (error as Error).message);
      return STAYS;
    }
  }

  /** Closes the other catalogs of the root. */
  close(): Promise<void> {
    return this.#members.close();
  }

  #findDamaged({ place: { key }, found, verification }: CheckedBlob): DamagedBlob | undefined {
    const { reason, uri } = verification;
    if (found.kind !== "read" || (reason !== "hash" && reason !== "size")) return undefined;
    if (key !== undefined) return { key, found: found.stat, reason };
    this.#warn("Damaged bytes outside of the root stay where they are", uri);
    return undefined;
  }

  /** A row may have taken other bytes while the blob was read. */
  async #isStillWrong({ rows: { uri }, found, verification: { checkedAt } }: CheckedBlob): Promise<boolean> {
    const rows = (await findBlobRows(this.#context.sql, [uri], { fresh: true })).get(uri);
    if (rows === undefined) return false;
    const { reason } = judge({ uri, contents: rows.contents, putAside: false, checkedAt }, found);
    return reason === "hash" || reason === "size";
  }

  /** Whether another catalog of the root has just these bytes on record, or may have. */
  async #isWantedElsewhere(key: BlobKey, { uri, actual }: BlobVerification): Promise<boolean> {
    const { members, unreadable } = await this.#members.listReadable();
    const [unknown] = unreadable.filter(({ id }) => id !== MEMORY_MARKER);
    if (unknown !== undefined) {
      this.#warn("Damaged bytes stay, as a catalog of the root cannot be asked about them", uri, unknown.reason);
      return true;
    }
    for (const { sql, isThis, uriOf } of members) {
      if (isThis) continue;
      const name = uriOf(key);
      const contents = (await findBlobRows(sql, [name], { fresh: true })).get(name)?.contents ?? [];
      if (!contents.some((content) => mayBe(content, actual))) continue;
      this.#warn("Bytes stay that another catalog of the root has on record", uri);
      return true;
    }
    return false;
  }

  async #move({ key, found, reason }: DamagedBlob, { verification }: CheckedBlob): Promise<PutAsideResult> {
    const { store, logger } = this.#context;
    const { uri, expected, actual } = verification;
    const what = reason === "size" ? "size_mismatch" : "hash_mismatch";
    const damage = { reason: what, uri, expected, actual: { ...actual, bytes: found.sizeBytes } } as const;
    const evidence = await makeEvidence(this.#context, { ...damage, verb: "verify" });
    const aside = await store.setAside(key, { found, evidence });
    if (aside === undefined) return { became: "changed" };
    logger.log("info", "Damaged bytes went to quarantine", { uri, reason: what });
    return { became: "aside", to: store.uriOf(aside) };
  }

  #warn(message: string, uri: StorageUri, reason?: string): void {
    this.#context.logger.log("warn", message, { uri, ...(reason === undefined ? {} : { reason }) });
  }
}

/** Whether bytes may be those on record: without a hash their size has to do. */
function mayBe({ sha256, bytes }: BlobContent, actual: BlobContent): boolean {
  return sha256 === null ? bytes === null || bytes === actual.bytes : sha256 === actual.sha256;
}
