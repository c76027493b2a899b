import { loadEmbeddedSqlJs } from "../../../src/adapters/sql/wasm/load-embedded.ts";
import type { AuditFinding } from "../../../src/catalog/audit/audit-finding.ts";
import type { AuditOptions, AuditSummary } from "../../../src/catalog/audit/audit-options.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { findLocalPath } from "../../../src/core/naming/canonical-uri.ts";
import { type CollectWorld, ROOT } from "../collect/_collect-world.ts";

/** What an audit found. */
export interface Audited {
  readonly findings: readonly AuditFinding[];
  /** Kind, reason, and the place or the row, one text a finding. */
  readonly lines: readonly string[];
  readonly summary: AuditSummary;
}

/** Runs an audit to its end. */
export async function auditAll(catalog: Catalog, options: AuditOptions = {}): Promise<Audited> {
  const findings: AuditFinding[] = [];
  let summary: AuditSummary | undefined;
  const onSummary = (told: AuditSummary): void => {
    summary = told;
  };
  for await (const finding of catalog.audit({ ...options, onSummary })) findings.push(finding);
  if (summary === undefined) throw new TypeError("the audit told no summary");
  return { findings, lines: findings.map(lineOf), summary };
}

function lineOf({ kind, reason, uri, path, row }: AuditFinding): string {
  const place = (uri === null ? path : (findLocalPath(uri) ?? uri)) ?? "";
  const short = place.startsWith(`${ROOT}/`) ? place.slice(ROOT.length + 1) : place;
  return [kind, reason, short, ...(row === null ? [] : [`${row.table} ${row.id}`])].filter(Boolean).join(" ");
}

/** Lets another tool change the database of a catalog that is closed, whatever its schema allows. */
export async function edit({ fs }: CollectWorld, sql: string, name = "a"): Promise<void> {
  const path = `/state/${name}.sqlite`;
  const { Database } = await loadEmbeddedSqlJs();
  const db = new Database(await fs.readFile(path));
  db.run(`PRAGMA ignore_check_constraints = ON; ${sql}`);
  const bytes = db.export();
  db.close();
  await rewrite({ fs }, path, bytes);
}

/** Puts other bytes in the place of a file. */
export async function rewrite(
  { fs }: Pick<CollectWorld, "fs">,
  path: string,
  content: Uint8Array | string,
): Promise<void> {
  if ((await fs.lstat(path)) !== undefined) await fs.unlink(path);
  const handle = await fs.open(path, "create");
  await handle.write(typeof content === "string" ? new TextEncoder().encode(content) : content);
  await handle.close();
}
