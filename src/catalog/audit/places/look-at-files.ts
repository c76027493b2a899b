import { quote } from "../../../core/messages/quote.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import type { NamingTable } from "../../collect/live/live-statements.ts";
import { runJobs } from "../../concurrency/run-jobs.ts";
import { type AuditFinding, type AuditReason, auditFinding } from "../audit-finding.ts";

/** A row, and what it names. */
export interface NamedPlace {
  /** Of the row. */
  readonly table: NamingTable;
  /** Of the row; `null` for one that could not be given. */
  readonly id: number | null;
  /** As the row has it. */
  readonly uri: string;
  /** Size on record; `null` where there is none. */
  readonly bytes: number | null;
}

/** A row whose file lies outside of the root. */
export interface NamedFile extends NamedPlace {
  /** Its real path. */
  readonly path: string;
}

/** So many files are looked at at once. */
export const JOBS = 16;

/** Looks at files outside of the root, where symlinks are followed. */
export async function* lookAtFiles(
  { fs }: { readonly fs: FileSystem },
  files: readonly NamedFile[],
): AsyncGenerator<AuditFinding, void, undefined> {
  const findings = await runJobs(files, { jobs: JOBS, work: (file) => lookAtFile(fs, file) });
  for (const finding of findings) if (finding !== undefined) yield finding;
}

async function lookAtFile(fs: FileSystem, file: NamedFile): Promise<AuditFinding | undefined> {
  try {
    const stat = await fs.stat(file.path);
    if (stat === undefined) return missingFile(file, { reason: "gone", what: "is not there" });
    if (stat.kind === "file") return compareSize(file, stat.sizeBytes);
    return missingFile(file, { reason: "other_kind", what: "is no file" });
  } catch (error) {
    return unreadableFile(file, error);
  }
}

/** A finding about a file that has another size than a row says. */
export function compareSize(place: NamedPlace, sizeBytes: number): AuditFinding | undefined {
  if (place.bytes === null || place.bytes === sizeBytes) return undefined;
  return auditFinding({
    kind: "size_mismatch",
    reason: "size",
    message: `${nameOf(place)} has ${place.bytes} bytes on record, and its file has ${sizeBytes}: ${quote(place.uri)}`,
    uri: place.uri,
    row: { table: place.table, id: place.id },
    bytes: sizeBytes,
    expectedBytes: place.bytes,
  });
}

/** A finding about a file that is not there. */
export function missingFile(
  place: NamedPlace,
  { reason, what }: { readonly reason: AuditReason; readonly what: string },
): AuditFinding {
  const { uri, table, id, bytes } = place;
  const message = `the file of ${nameOf(place)} ${what}: ${quote(uri)}`;
  return auditFinding({ kind: "missing", reason, message, uri, row: { table, id }, expectedBytes: bytes });
}

/** A finding about a file that nobody may look at. */
export function unreadableFile(place: NamedPlace, error: unknown): AuditFinding {
  return missingFile(place, { reason: "unreadable", what: `cannot be looked at (${String(error)})` });
}

/** A row for people. */
export function nameOf({ table, id }: Pick<NamedPlace, "table" | "id">): string {
  return `${table === "documents" ? "document" : "variant"} ${id ?? "without an id"}`;
}
