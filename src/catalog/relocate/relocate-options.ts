import type { CallOptions } from "../call-options.ts";

/** Where files were, and where they are now. */
export interface Relocation {
  /** Absolute path of a folder or a file, as the catalog has it; it need not be one of this machine. */
  readonly from: string;
  /** Absolute path of the same folder or file now. */
  readonly to: string;
}

/** Why a row stays as it is: no file there, a file of another size, or one that cannot be looked at. */
export type RelocateFindingKind = "gone" | "wrong_size" | "unreadable";

/** A row that was not relocated. */
export interface RelocateFinding {
  /** Why it stays as it is. */
  readonly kind: RelocateFindingKind;
  /** One sentence with the path. */
  readonly message: string;
  /** The document, also where it is one of its variants. */
  readonly documentId: number;
  /** The name of the variant, `null` for the document itself. */
  readonly variant: string | null;
  /** Where its file was expected. */
  readonly path: string;
}

/** How far a relocation is. */
export interface RelocateProgress {
  /** Rows that were looked at. */
  readonly rows: number;
}

/** Options of `relocate`. */
export interface RelocateOptions extends CallOptions {
  /** Change nothing, and tell what would be done. @default false */
  readonly dryRun?: boolean | undefined;
  /** Relocate rows whose file is not there, too. @default false */
  readonly allowMissing?: boolean | undefined;
  /** How many files are looked at at once. @default 8 */
  readonly jobs?: number | undefined;
  /** Told about each row that stays as it is. */
  readonly onFinding?: ((finding: RelocateFinding) => void) | undefined;
  /** Told after each batch. */
  readonly onProgress?: ((progress: RelocateProgress) => void) | undefined;
}

/** What a relocation did, or with `dryRun` would do. */
export interface RelocateSummary {
  /** Documents that were relocated. */
  readonly documents: number;
  /** Variants that were relocated. */
  readonly variants: number;
  /** Those of both whose file is not there; 0 without `allowMissing`. */
  readonly missing: number;
  /** Rows that stay as they are although they name what was to be relocated; each is a finding. */
  readonly left: number;
}
