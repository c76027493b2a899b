import { inChunks } from "../../core/in-chunks.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import { selectPinsOf, selectPinsOfVariant } from "./find-pins-statements.ts";
import { type Pin, pinFromRow } from "./pin.ts";

/** So many documents are asked about at once. */
const CHUNK = 100;

/** The pins that hold documents, or variants of these, by the id of the document; those that none holds are not there. */
export async function findPins(
  sql: SqlEngine,
  documentIds: readonly number[],
  options: CallOptions = {},
): Promise<ReadonlyMap<number, readonly Pin[]>> {
  const found = new Map<number, Pin[]>();
  for (const some of inChunks(documentIds, CHUNK)) {
    for (const [id, ...pin] of await sql.query(selectPinsOf(some), options)) {
      const pins = found.get(Number(id));
      if (pins === undefined) found.set(Number(id), [pinFromRow(pin)]);
      else pins.push(pinFromRow(pin));
    }
  }
  return found;
}

/** A pin that holds a variant, or its document. */
export async function findPinOfVariant(sql: SqlEngine, variantId: number): Promise<Pin | undefined> {
  const [row] = await sql.query(selectPinsOfVariant(variantId));
  return row && pinFromRow(row);
}
