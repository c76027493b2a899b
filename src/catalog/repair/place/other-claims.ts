import type { BlobKey } from "../../../core/naming/blob-key.ts";
import type { Sha256 } from "../../../core/sha256.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import type { BlobContent } from "../../../core/verification/verification.ts";
import type { ProcessTable } from "../../../ports/process.ts";
import type { SqlEngine } from "../../../ports/sql.ts";
import { parseHolder } from "../../leases/lease-holder.ts";
import { findBlobRows } from "../../ledger/expectations.ts";
import type { PlacingContext } from "../../placing/placing-context.ts";
import type { RootEntry } from "../../root/root-entry.ts";
import { RootMembers } from "../../root/root-members.ts";
import { selectHoldersOf } from "../repair-statements.ts";

/** A name of the root, and whoever is about to give it other bytes. */
export interface ClaimedName {
  /** In the store. */
  readonly key: BlobKey;
  /** As rows have it. */
  readonly uri: StorageUri;
  /** As the store writes it. */
  readonly listed: StorageUri;
  /** What it should hash to. */
  readonly sha256: Sha256;
  /** How many bytes it should have. */
  readonly bytes: number;
  /** The lease of whoever asks. */
  readonly lease: string | undefined;
}

/**
 * What others have to say about a name whose bytes are not those that its rows want: somebody may have put them there a
 * moment ago, for a row that is on its way. An instance serves one run.
 */
export class OtherClaims {
  readonly #sql: SqlEngine;
  readonly #root: RootEntry;
  readonly #processes: ProcessTable;
  readonly #members: RootMembers;

  /** Asks nobody yet. */
  constructor(context: PlacingContext & { readonly sql: SqlEngine; readonly root: RootEntry }) {
    const { sql, root, processes, settings } = context;
    this.#sql = sql;
    this.#root = root;
    this.#processes = processes;
    this.#members = new RootMembers({ ...context, catalogPath: settings.catalogPath, root: undefined });
  }

  /** Why what has a name may be somebody's good bytes; `undefined`: it is nobody's. To be asked after it was looked at. */
  async find(name: ClaimedName): Promise<"in_use" | "other_catalog" | undefined> {
    const { uri, listed, sha256, bytes } = name;
    // Verifying takes what a row of ours lacks from the others that name the blob.
    const isOurs = (each: BlobContent): boolean =>
      each.sha256 === null ? each.bytes === null || each.bytes === bytes : each.sha256 === sha256;
    if (await this.#isClaimed(this.#sql, [uri, listed], { ...name, isOurs })) return "in_use";
    if (!(await this.#root.isShared())) return undefined;
    const { members, unreadable } = await this.#members.listReadable();
    if (unreadable.length > 0) return "other_catalog";
    const isSame = (each: BlobContent): boolean => each.sha256 === sha256;
    for (const { isThis, sql, uriOf } of members) {
      const claim = { ...name, isOurs: isSame };
      if (!isThis && (await this.#isClaimed(sql, [uriOf(name.key)], claim))) return "other_catalog";
    }
    return undefined;
  }

  /** Releases the catalogs that were asked. */
  close(): Promise<void> {
    return this.#members.close();
  }

  /** No row will come to what a process has put there that is gone. */
  #isGone(text: unknown): boolean {
    const holder = parseHolder(text);
    return holder !== null && this.#processes.isAlive(holder) === false;
  }

  /** Whether a catalog wants other bytes under one of these names, or somebody of it has a lease. */
  async #isClaimed(
    sql: SqlEngine,
    uris: readonly StorageUri[],
    { lease, isOurs }: ClaimedName & { readonly isOurs: (content: BlobContent) => boolean },
  ): Promise<boolean> {
    const rows = await findBlobRows(sql, uris, { fresh: true });
    for (const { contents } of rows.values()) if (!contents.every(isOurs)) return true;
    for (const uri of new Set(uris)) {
      const leases = await sql.query(selectHoldersOf(uri), { fresh: true });
      if (leases.some(([id, holder]) => id !== lease && !this.#isGone(holder))) return true;
    }
    return false;
  }
}
