import { quote } from "../../core/messages/quote.ts";
import { BAD_RESULTS } from "../../core/verification/verification.ts";
import type { SqlDamage } from "../../ports/sql.ts";
import { BEFORE_ALL } from "../records/columns.ts";
import type { AuditContext } from "./audit-context.ts";
import { type AuditFinding, auditFinding } from "./audit-finding.ts";
import type { AuditOptions } from "./audit-options.ts";
import { selectDangling, selectKnownBad } from "./rows/audit-statements.ts";

/** So many rows are read at once. */
const PAGE = 1000;

/** What the engine says of the files of the catalog. */
export async function* findDatabase(
  { sql }: AuditContext,
  { signal, onProgress }: AuditOptions,
): AsyncGenerator<AuditFinding, void, undefined> {
  for await (const damage of sql.check({ signal })) {
    // Each of those is told by itself.
    if (damage.kind !== "foreign_key" || damage.table !== "variants") yield damageFinding(damage);
  }
  onProgress?.({ phase: "database", done: 1 });
}

function damageFinding({ kind, message, path, bytes }: SqlDamage): AuditFinding {
  const about = { path: path ?? null, bytes: bytes ?? null };
  switch (kind) {
    case "integrity":
    case "foreign_key":
      return auditFinding({ kind: "database", reason: kind, message, ...about });
    case "log":
      return auditFinding({ kind: "log", reason: "damaged", message: `the log: ${message}`, ...about });
    case "leftover":
      return auditFinding({
        kind: "leftover",
        reason: "catalog_file",
        message: `${quote(path ?? "")} is ${message}`,
        ...about,
      });
    default:
      return kind satisfies never;
  }
}

/** Variants of documents that are not there. */
export async function* findDangling(
  { sql }: AuditContext,
  { signal }: AuditOptions,
): AsyncGenerator<AuditFinding, void, undefined> {
  for (let afterId: number | undefined = BEFORE_ALL; afterId !== undefined; ) {
    const rows = await sql.query(selectDangling(afterId, PAGE), { signal });
    for (const [id, document, uri, bytes] of rows) {
      yield auditFinding({
        kind: "dangling_variant",
        reason: "no_document",
        message: `variant ${String(id)} is one of document ${String(document)}, which is not there`,
        uri: typeof uri === "string" ? uri : null,
        row: { table: "variants", id: Number(id) },
        expectedBytes: typeof bytes === "number" ? bytes : null,
      });
    }
    afterId = rows.length < PAGE ? undefined : Number(rows.at(-1)?.[0]);
  }
}

/** Blobs that were bad when they were last verified. */
export async function* findKnownBad(
  { sql }: AuditContext,
  { signal }: AuditOptions,
): AsyncGenerator<AuditFinding, void, undefined> {
  for (let after: readonly [string, number] | undefined = ["", BEFORE_ALL]; after !== undefined; ) {
    const rows = await sql.query(selectKnownBad(...after, PAGE), { signal });
    for (const [, uri, result, bytes, since] of rows) {
      yield auditFinding({
        kind: "known_bad",
        reason: BAD_RESULTS.find((bad) => bad === result) ?? "unreadable",
        message: `${quote(String(uri))} is known to be bad (${String(result)}) since ${String(since)}`,
        uri: String(uri),
        bytes: typeof bytes === "number" ? bytes : null,
      });
    }
    const [id, , , , since] = rows.at(-1) ?? [];
    after = rows.length < PAGE ? undefined : [String(since), Number(id)];
  }
}
