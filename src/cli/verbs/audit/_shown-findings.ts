import type { AuditFinding, AuditKind } from "../../../catalog/audit/audit-finding.ts";

/** The first findings of each kind, for people: a million of one would hide all others. */
export class ShownFindings {
  readonly #limit: number;
  readonly #byKind = new Map<AuditKind, AuditFinding[]>();

  /** Keeps so many of each kind. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps one, if there are not enough of its kind. */
  add(finding: AuditFinding): void {
    const some = this.#byKind.get(finding.kind) ?? [];
    if (some.length < this.#limit) some.push(finding);
    this.#byKind.set(finding.kind, some);
  }

  /** Those of a kind. */
  of(kind: AuditKind): readonly AuditFinding[] {
    return this.#byKind.get(kind) ?? [];
  }
}
