import type { Sha256 } from "../../core/sha256.ts";
import type { CallOptions } from "../call-options.ts";
import type { FileCount } from "../collect/collect-options.ts";
import type { AuditKind } from "./audit-finding.ts";

/** How far an audit is. */
export interface AuditProgress {
  /**
   * What is looked at: the `database` as a whole, its `rows`, the `files` in the root, then the rows whose files are
   * `missing` or have another size.
   */
  readonly phase: "database" | "rows" | "files" | "missing";
  /** Rows or files that were looked at. */
  readonly done: number;
}

/** A table as it was when it was read. */
export interface TableDigest {
  /** Its name. */
  readonly table: string;
  /** How many rows it has. */
  readonly rows: number;
  /**
   * Of its rows in the order of their key, each as a JSON array (RFC 8259, as `JSON.stringify` writes it) of its values in
   * the order of the schema, with a comma behind each. Texts of more than 196,608 bytes may be cut.
   */
  readonly sha256: Sha256;
}

/** What an audit comes to. */
export interface AuditSummary {
  /** How many findings there were. */
  readonly findings: number;
  /** How many of each kind, and the sum of their sizes. */
  readonly byKind: Readonly<Record<AuditKind, FileCount>>;
  /** Regular files in the root, and the sum of their sizes. */
  readonly files: FileCount;
  /** Rows whose files nobody here can look at, as those with an `s3:` URI. */
  readonly elsewhere: number;
  /** Blobs that were given their names back before anything was looked at. */
  readonly givenBack: number;
  /** All tables but `meta`, which tells one copy from another; empty where one of them cannot be read. */
  readonly tables: readonly TableDigest[];
  /**
   * Of all rows: of a line `<table> <rows> <sha256>` for each table, with a line feed behind it. Two catalogs with one hash
   * have the same rows. `null` where a table cannot be read.
   */
  readonly sha256: Sha256 | null;
  /** Nobody committed anything while it went on: then the hash is that of one moment. */
  readonly steady: boolean;
  /** Kinds of which there may be more, as something that they depend on cannot be read. */
  readonly untold: readonly AuditKind[];
}

/** Options of `audit`. */
export interface AuditOptions extends CallOptions {
  /** Told while it goes on. */
  readonly onProgress?: ((progress: AuditProgress) => void) | undefined;
  /** Told once at the end, unless it was left or failed before. */
  readonly onSummary?: ((summary: AuditSummary) => void) | undefined;
}
