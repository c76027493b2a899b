import { describe, expect, it } from "vitest";
import { type AuditFinding, auditFinding } from "../../../src/catalog/audit/audit-finding.ts";
import type { AuditSummary } from "../../../src/catalog/audit/audit-options.ts";
import { AuditTally } from "../../../src/catalog/audit/audit-tally.ts";
import { ShownFindings } from "../../../src/cli/verbs/audit/_shown-findings.ts";
import { auditBlocks, unopenedBlocks, unopenedFinding } from "../../../src/cli/verbs/audit/view.ts";
import type { Sha256 } from "../../../src/core/sha256.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { CatalogError } from "../../../src/errors.ts";

const SHA256 = "0".repeat(64) as Sha256;

/** What people see of findings, a line or a table each. */
function show(
  findings: readonly AuditFinding[],
  { verbose = false, ...change }: Partial<AuditSummary> & { readonly verbose?: boolean } = {},
): readonly unknown[] {
  const tally = new AuditTally();
  const shown = new ShownFindings(1);
  for (const finding of findings) {
    tally.add(finding);
    shown.add(finding);
  }
  const files = { files: 1, bytes: 10 };
  const counts = { files, elsewhere: 0, givenBack: 0, tables: [], sha256: null, steady: true, untold: [] };
  const summary = { findings: findings.length, byKind: tally.byKind, ...counts, ...change };
  return auditBlocks(summary, shown, { verbose }).flatMap((block): readonly unknown[] => {
    if (block.block === "line") return [block.text];
    return block.block === "table" ? [block.rows] : [];
  });
}

describe("what people see of an audit", () => {
  it("is one line where nothing is wrong", () => {
    const tables = [
      { table: "documents", rows: 1, sha256: SHA256 },
      { table: "variants", rows: 2, sha256: SHA256 },
    ];
    expect(show([], { tables })).toEqual(["Nothing is wrong: 1 document and 2 variants against 1 file, 10 B."]);
  });

  it("says what got its name back, and what cannot be told; with --verbose the hash over all rows", () => {
    const more = { givenBack: 1, untold: ["orphan", "bad_row"], sha256: SHA256, steady: false } as const;
    expect(show([], { ...more, verbose: true })).toEqual([
      "Nothing is wrong: 1 file, 10 B.",
      "1 file got its name back that a collector had taken.",
      "There may be more: orphan, bad row.",
      `The rows hash to ${SHA256}, while others wrote.`,
    ]);
    expect(show([], { sha256: SHA256, verbose: true })[1]).toBe(`The rows hash to ${SHA256}.`);
    expect(show([], { sha256: SHA256 })).toHaveLength(1);
  });

  it("has the row, the size and the place of each, as far as there are any, and says how many are left out", () => {
    const missing = { kind: "missing", reason: "gone", message: "m" } as const;
    const uri = "s3://papers/a" as StorageUri;
    const row = (table: "documents" | "variants", id: number | null) => ({ row: { table, id } }) as const;
    expect(show([auditFinding({ ...missing, ...row("documents", 1), uri, expectedBytes: 5 })])).toEqual([
      "1 finding (1 missing): 1 file, 10 B.",
      "Files that are missing: 1, 5 B",
      [["gone", "document 1", "5 B", "s3://papers/a"]],
    ]);
    expect(show([auditFinding({ ...missing, ...row("variants", null), path: "/a" })])[2]).toEqual([
      ["gone", "variant ?", "-", "/a"],
    ]);
    const nowhere = auditFinding({ ...missing });
    expect(show([nowhere, nowhere]).slice(1)).toEqual([
      "Files that are missing: 2",
      [["gone", "-", "-", "-"]],
      "and 1 more; --limit and --json have them",
    ]);
    const told = auditFinding({ kind: "marker", reason: "none", message: "There is none" });
    expect(show([told])[2]).toEqual([["none", "There is none"]]);
  });
});

describe("a catalog that cannot be opened", () => {
  it("is damage to the log where that is what is damaged, else to the database", () => {
    const damaged = (path: string): CatalogError =>
      new CatalogError("CORRUPT", "Cannot read it", { details: { path, reason: "r" }, hint: "Bring it back." });
    expect(unopenedFinding(damaged("/a.sqlite.oplog"))).toMatchObject({ kind: "log", reason: "damaged" });
    expect(unopenedFinding(damaged("/a.sqlite"))).toMatchObject({ kind: "database", path: "/a.sqlite" });
    expect(unopenedBlocks(damaged("/a"))).toHaveLength(3);
    const without = new CatalogError("BACKEND", "Cannot", { details: { what: "read" } });
    expect([unopenedFinding(without).path, unopenedBlocks(without).length]).toEqual([null, 2]);
  });
});
