import type { FileCount } from "../collect/collect-options.ts";
import { AUDIT_KINDS, type AuditFinding, type AuditKind } from "./audit-finding.ts";

/** Counts findings. */
export class AuditTally {
  readonly #counts = new Map<AuditKind, { files: number; bytes: number }>(
    AUDIT_KINDS.map((kind) => [kind, { files: 0, bytes: 0 }]),
  );
  #findings = 0;

  /** How many there were. */
  get findings(): number {
    return this.#findings;
  }

  /** How many of each kind, and how large they are: what was found, or else what should be there. */
  get byKind(): Readonly<Record<AuditKind, FileCount>> {
    return Object.fromEntries(this.#counts) as Record<AuditKind, FileCount>;
  }

  /** Counts one. */
  add({ kind, bytes, expectedBytes }: AuditFinding): void {
    const count = this.#counts.get(kind);
    if (count === undefined) return;
    this.#findings += 1;
    count.files += 1;
    count.bytes += bytes ?? expectedBytes ?? 0;
  }
}
