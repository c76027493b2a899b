import type { FileCount } from "../collect/collect-options.ts";
import { AUDIT_KINDS, type AuditFinding, type AuditKind } from "./audit-finding.ts";

/** Counts findings. */
export class AuditTally {
  readonly #byKind: Readonly<Record<AuditKind, { files: number; bytes: number }>>;
  #findings = 0;

  /** Begins with none. */
  constructor() {
    const counts = AUDIT_KINDS.map((kind) => [kind, { files: 0, bytes: 0 }]);
    this.#byKind = Object.fromEntries(counts);
  }

  /** How many there were. */
  get findings(): number {
    return this.#findings;
  }

  /** How many of each kind, and how large they are: what was found, or else what should be there. */
  get byKind(): Readonly<Record<AuditKind, FileCount>> {
    return this.#byKind;
  }

  /** Counts one. */
  add({ kind, bytes, expectedBytes }: AuditFinding): void {
    const count = this.#byKind[kind];
    this.#findings += 1;
    count.files += 1;
    count.bytes += bytes ?? expectedBytes ?? 0;
  }
}
