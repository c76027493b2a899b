import type { DocumentRecord, VariantRecord } from "../../../core/document.ts";
import { casKey } from "../../../core/naming/layout.ts";
import { parseSha256 } from "../../../core/sha256.ts";
import type { CallOptions } from "../../call-options.ts";
import type { CapabilityContext } from "../../capability-context.ts";
import type { CanonicalNames, NamedPlace } from "../../files/canonical-name.ts";
import { selectByPlace } from "../../find/find-statements.ts";
import { findPlaceTexts } from "../../find/place-texts.ts";
import { findBlob } from "../../placing/find-blob.ts";
import { documentFromRow, variantFromRow } from "../../records/rows.ts";
import { findRemovalsAt } from "../../removals/find-removals.ts";
import { selectIsKnownHash } from "../pin-rows-statements.ts";

/** What a catalog has of a place. */
export interface KnownPlace {
  /** Whether rows name it or did, or bytes lie there in the root. */
  readonly isKnown: boolean;
  /** The rows that name it. */
  readonly rows: RowsAtPlace;
}

/** Rows that name a place, by whatever text. */
export interface RowsAtPlace {
  /** Documents, by id. */
  readonly documents: readonly DocumentRecord[];
  /** Variants, by id. */
  readonly variants: readonly VariantRecord[];
}

/** Whether bytes with a hash are, or were, named by a row, are on their way to one, or lie in layout `cas` of the root. */
export async function isKnownHash(context: CapabilityContext, sha256: string, options: CallOptions): Promise<boolean> {
  if ((await context.sql.query(selectIsKnownHash(sha256), options)).length > 0) return true;
  const { placing } = context;
  if (placing === undefined) return false;
  return (await findBlob(placing, casKey(parseSha256(sha256), placing.settings.casPrefix))) !== undefined;
}

/** What a catalog has of a place. */
export async function lookUpPlace(
  context: CapabilityContext,
  { place, names }: { readonly place: NamedPlace; readonly names: CanonicalNames },
  options: CallOptions,
): Promise<KnownPlace> {
  const { sql, placing } = context;
  const texts = [...(await findPlaceTexts({ sql, names }, [place], options)).values()].flatMap((each) => [...each]);
  const documents = (await sql.query(selectByPlace("documents", texts), options)).map(documentFromRow);
  const variants = (await sql.query(selectByPlace("variants", texts), options)).map(variantFromRow);
  const rows = { documents, variants };
  if (documents.length + variants.length > 0) return { isKnown: true, rows };
  if ((await findRemovalsAt(sql, texts, options)).length > 0) return { isKnown: true, rows };
  const { key } = place;
  return { isKnown: placing !== undefined && key !== undefined && (await findBlob(placing, key)) !== undefined, rows };
}
