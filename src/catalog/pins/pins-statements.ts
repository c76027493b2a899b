import type { SqlValue } from "../../ports/sql.ts";
import type { Condition } from "../leases/lease-statements.ts";
import type { PinKind } from "./pin.ts";

/** Part of a WHERE clause that names one row, with its parameters. */
export interface OneRow {
  /** Compares the row id, or all columns of a unique index. */
  readonly sql: string;
  /** One a `?`. */
  readonly values: readonly SqlValue[];
}

/** A column of the row that is asked about, for each kind of pin that may hold it. */
type HeldColumns = Partial<Record<PinKind, string>>;

const DOCUMENT_COLUMNS: HeldColumns = {
  document: "CAST(held.id AS TEXT)",
  artifact: "held.artifact_id",
  sha256: "held.sha256",
  uri: "held.storage_uri",
};

const VARIANT_COLUMNS: HeldColumns = { sha256: "part.sha256", uri: "part.storage_uri" };

/**
 * One condition for each kind. Each asks for the row once more, so that none of them depends on the row of the statement
 * around it: then it costs one look-up. `CROSS JOIN` keeps SQLite from going through the pins first.
 */
function unlessHeld(columns: HeldColumns, from: string, { sql, values }: OneRow): Condition {
  const kinds = Object.entries(columns);
  const conditions = kinds.map(
    ([kind, column]) =>
      ` AND NOT EXISTS (SELECT 1 FROM ${from} CROSS JOIN pins
         WHERE ${sql} AND pins.kind = '${kind}' AND pins.target = ${column})`,
  );
  return { sql: conditions.join(""), values: kinds.flatMap(() => values) };
}

/**
 * A condition for a statement that changes the bytes of one document: no pin holds the row, its artifact, its hash or its
 * place. What counts is that the pin is there, not the clock. Begins with AND; `row` names the document by columns that
 * `pins` has not, or of `held`.
 */
export function keepsPinned(row: OneRow): Condition {
  return unlessHeld(DOCUMENT_COLUMNS, "documents held", row);
}

/**
 * A condition for a statement that deletes one document: {@link keepsPinned}, and no pin holds the hash or place of one of
 * its variants, which go with it.
 */
export function notPinned(documentId: number): Condition {
  const own = keepsPinned({ sql: "held.id = ?", values: [documentId] });
  const ofVariants = unlessHeld(VARIANT_COLUMNS, "variants part", {
    sql: "part.document_id = ?",
    values: [documentId],
  });
  return { sql: own.sql + ofVariants.sql, values: [...own.values, ...ofVariants.values] };
}

/** A condition for a statement that changes the bytes of one variant: no pin holds it, nor its document. */
export function keepsPinnedVariant(variantId: number): Condition {
  const ofDocument: HeldColumns = { document: "CAST(held.id AS TEXT)", artifact: "held.artifact_id" };
  const from = "variants part CROSS JOIN documents held";
  return unlessHeld({ ...VARIANT_COLUMNS, ...ofDocument }, from, {
    sql: "part.id = ? AND held.id = part.document_id",
    values: [variantId],
  });
}
