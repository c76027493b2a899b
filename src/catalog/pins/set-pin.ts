import type { StorageUri } from "../../core/storage-uri.ts";
import { formatTimestamp, parseTimestamp, type Timestamp } from "../../core/timestamp.ts";
import { CatalogError } from "../../errors.ts";
import type { SqlRow } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { CapabilityContext } from "../capability-context.ts";
import { CanonicalNames } from "../files/canonical-name.ts";
import { ResultReader } from "../register/result-reader.ts";
import { type Pin, type PinKey, type PinTarget, parsePinReason, pinFromRow } from "./pin.ts";
import { deletePin, insertPin, selectPin } from "./pin-rows-statements.ts";
import { describePinned } from "./pinned-error.ts";
import { isKnownHash, lookUpPlace } from "./target/known-things.ts";
import { pinKeyOf } from "./target/pin-key.ts";
import { respellPlaces } from "./target/respell-places.ts";

/** Options of `pin`. */
export interface PinOptions extends CallOptions {
  /** Why, for those who meet the pin. */
  readonly reason: string;
  /** When it ends. @default it stays until somebody ends it */
  readonly until?: Timestamp | string | undefined;
}

/** A pin that was set. */
export interface PinResult extends Pin {
  /** The pin that was there before, with another reason or end; `null` where none was, or the same. */
  readonly former: Pin | null;
}

/** Pins something that the catalog knows. */
export async function setPin(
  context: CapabilityContext,
  target: PinTarget,
  { reason, until, signal }: PinOptions,
): Promise<PinResult> {
  const names = new CanonicalNames({ fs: context.fs, store: context.placing?.store });
  const nowMs = context.clock.now();
  const key = await pinKeyOf(target, names);
  const said = { ...key, reason: parsePinReason(reason), pinnedAt: formatTimestamp(nowMs), expiresAt: null };
  const pin: Pin = { ...said, expiresAt: until === undefined ? null : parseUntil(until, nowMs) };
  await requireKnown(context, { key, names, signal });
  const statements = [selectPin(key), insertPin(pin), selectPin(key)];
  const results = new ResultReader(await context.sql.batch(statements, { signal }));
  const former = pinOf(results.row());
  results.pass(1);
  const set = pinOf(results.row());
  // A row, or the last of an artifact, went at this moment.
  if (set === undefined) throw unknownThing(key);
  const isOther = former !== undefined && (former.reason !== set.reason || former.expiresAt !== set.expiresAt);
  return { ...set, former: isOther ? former : null };
}

/** Ends a pin; whether there was one. */
export async function endPin(context: CapabilityContext, target: PinTarget, { signal }: CallOptions): Promise<boolean> {
  const names = new CanonicalNames({ fs: context.fs, store: context.placing?.store });
  const key = await pinKeyOf(target, names);
  return new ResultReader(await context.sql.batch([deletePin(key)], { signal })).changed();
}

function parseUntil(until: string, nowMs: number): Timestamp {
  const time = parseTimestamp(until);
  if (time > formatTimestamp(nowMs)) return time;
  throw new RangeError(`Cannot pin until ${time}: that is over, it is ${formatTimestamp(nowMs)}`);
}

function pinOf(row: SqlRow | undefined): Pin | undefined {
  return row && pinFromRow(row);
}

/** Rows and artifacts are looked for by the statement itself. */
async function requireKnown(
  context: CapabilityContext,
  { key, names, signal }: { readonly key: PinKey; readonly names: CanonicalNames } & CallOptions,
): Promise<void> {
  if (key.kind === "sha256") {
    if (!(await isKnownHash(context, key.target, { signal }))) throw unknownThing(key);
  } else if (key.kind === "uri") {
    const place = await names.locate(key.target as StorageUri);
    const { isKnown, rows } = await lookUpPlace(context, { place, names }, { signal });
    if (!isKnown) throw unknownThing(key);
    await respellPlaces(context, rows, place.uri);
  }
}

function unknownThing(key: PinKey): CatalogError<"NOT_FOUND"> {
  return new CatalogError("NOT_FOUND", `Cannot pin ${describePinned(key)}: the catalog knows nothing by that`, {
    details: { what: `${key.kind} to pin` },
    hint: 'Look what there is, with "catalog why" or why().',
  });
}
