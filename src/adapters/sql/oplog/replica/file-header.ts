import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError } from "../../../../errors.ts";

/** What a file must be to be opened. */
export interface ExpectedFile {
  /** For messages. */
  readonly path: string;
  /** What `PRAGMA application_id` has to say. */
  readonly applicationId: number;
  /** The newest schema version that is known. */
  readonly schemaVersion: number;
}

const MAGIC = "SQLite format 3\0";
const HEADER_BYTES = 100;

function corrupt(path: string, reason: string, hint: string): CatalogError<"CORRUPT"> {
  return new CatalogError("CORRUPT", `Cannot open ${quote(path)}: it ${reason}`, { details: { path, reason }, hint });
}

/**
 * Looks at the first 100 bytes of a database file (https://sqlite.org/fileformat2.html, section 1.3) and gives the
 * version of its schema. The slow checks of what comes behind are for those who ask for them.
 * @throws {CatalogError} CORRUPT, UNSUPPORTED or SCHEMA_TOO_NEW when this is no file of ours
 */
export function readSchemaVersion(bytes: Uint8Array, expected: ExpectedFile): number {
  const { path } = expected;
  if (bytes.length === 0) {
    throw corrupt(path, "is empty (0 bytes)", "If it is meant to be a new catalog, delete the file first.");
  }
  if (bytes.length < MAGIC.length || String.fromCharCode(...bytes.subarray(0, MAGIC.length)) !== MAGIC) {
    throw corrupt(path, "is no SQLite database", "Check the path; the file was left as it is.");
  }
  const hint = "Restore the last backup, or rescue what is left with the .recover command of sqlite3.";
  if (bytes.length < HEADER_BYTES) throw corrupt(path, "was cut short within its header", hint);
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  checkOwner(view.getInt32(68), expected);
  checkJournal(view, path);
  // The page count holds only if the last writer knew of it, which both counters say.
  const counted = view.getUint32(24) === view.getUint32(92);
  const pageBytes = view.getUint16(16) === 1 ? 65_536 : view.getUint16(16);
  if (counted && view.getUint32(28) * pageBytes > bytes.length) throw corrupt(path, "was cut short", hint);
  const found = view.getInt32(60);
  if (found < 1) throw corrupt(path, `has no valid schema version (${found})`, hint);
  if (found > expected.schemaVersion) throw tooNew(path, found, expected.schemaVersion);
  return found;
}

function checkOwner(applicationId: number, expected: ExpectedFile): void {
  // A signed number to SQLite, usually written as an unsigned one.
  if (applicationId === (expected.applicationId | 0)) return;
  const reason =
    applicationId === 0
      ? "is a SQLite database but no catalog"
      : `belongs to another program (application id 0x${(applicationId >>> 0).toString(16).padStart(8, "0")})`;
  throw corrupt(expected.path, reason, "Check the path; the file was left as it is.");
}

function checkJournal(view: DataView, path: string): void {
  if (view.getUint8(18) < 2 && view.getUint8(19) < 2) return;
  throw new CatalogError("UNSUPPORTED", `Cannot open ${quote(path)}: it is in WAL mode`, {
    details: { what: "a database in WAL mode" },
    hint: `Close the program that uses it and run: sqlite3 ${quote(path)} "PRAGMA journal_mode=DELETE"`,
  });
}

function tooNew(path: string, found: number, supported: number): CatalogError<"SCHEMA_TOO_NEW"> {
  const what = `its schema is version ${found}, and this program knows versions up to ${supported}`;
  return new CatalogError("SCHEMA_TOO_NEW", `Cannot open ${quote(path)}: ${what}`, {
    details: { path, found, supported },
    hint: "Update content-catalog.",
  });
}
