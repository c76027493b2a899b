import { quote } from "../../../core/messages/quote.ts";
import { inPages } from "../../../core/pages.ts";
import type { UnknownFile } from "../../collect/collect-options.ts";
import { type Orphan, type OrphanSorting, sortUnreferenced } from "../../collect/find/find-orphans.ts";
import type { OddName, RootWalk } from "../../collect/find/walk-root.ts";
import type { AuditContext } from "../audit-context.ts";
import { type AuditFinding, type AuditReason, auditFinding } from "../audit-finding.ts";

/** What a root has that no blob can be. */
export function* findOddNames(
  { store }: Pick<AuditContext, "store">,
  odd: RootWalk["odd"],
): Generator<AuditFinding, void, undefined> {
  for (const { name, key, kind, objection } of odd) {
    const uri = key === undefined ? null : store.uriOf(key);
    const about = { uri, path: key === undefined ? name : null };
    yield auditFinding({
      kind: "unknown",
      reason: ODD_REASONS[kind],
      message: `${quote(name)} ${objection}`,
      ...about,
    });
  }
}

const ODD_REASONS: Readonly<Record<OddName["kind"], AuditReason>> = {
  symlink: "symlink",
  special: "special",
  unknown: "unnameable",
};

/** What is made of files that nothing refers to, as `gc` sorts them. */
export async function* findUnreferenced(
  context: AuditContext,
  { unreferenced }: Pick<RootWalk, "unreferenced">,
  sorting: Pick<OrphanSorting, "members" | "pins" | "marks">,
): AsyncGenerator<AuditFinding, void, undefined> {
  for (const page of inPages(unreferenced)) {
    const found: AuditFinding[] = [];
    await sortUnreferenced(context, page, {
      ...sorting,
      protectedFiles: undefined,
      onOrphan: (orphan) => found.push(orphanFinding(orphan)),
      onUnknown: (file) => found.push(unknownFinding(file)),
    });
    yield* found;
  }
}

function orphanFinding({ uri, stat, reason }: Orphan): AuditFinding {
  const why = reason === "abandoned" ? "was stored and never registered" : "is referred to by nothing";
  const message = `${quote(uri)} ${why}`;
  return auditFinding({
    kind: "orphan",
    reason: reason === "abandoned" ? reason : "unreferenced",
    message,
    uri,
    bytes: stat.sizeBytes,
  });
}

function unknownFinding({ name, uri, bytes }: UnknownFile): AuditFinding {
  const message = `nothing refers to ${quote(name)}, and nobody can show that a catalog put it there`;
  return auditFinding({ kind: "unknown", reason: "unclaimed", message, uri: uri ?? null, bytes });
}
