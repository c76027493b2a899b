import { quote } from "../../core/messages/quote.ts";
import { CatalogError } from "../../errors.ts";
import { whileOpen } from "../closing-source.ts";
import { withinTime } from "../concurrency/within-time.ts";
import type { IngestSource } from "../ingest/source-bytes.ts";
import type { OpenableSource } from "./add-options.ts";
import type { AddRun } from "./add-run.ts";

/**
 * Opens a source from elsewhere. It has as long for its first sign of life as for any bytes later; one that comes too
 * late is left again.
 * @throws {CatalogError} UNAVAILABLE when the time is over; CLOSED when the catalog closes meanwhile
 */
export async function openElsewhere(
  { context, signal }: Pick<AddRun, "context" | "signal">,
  source: OpenableSource,
  timeoutMs: number,
): Promise<IngestSource> {
  signal?.throwIfAborted();
  const opening = new AbortController();
  const pending = source.open({ signal: signal ? AbortSignal.any([signal, opening.signal]) : opening.signal });
  const { clock, closing } = context;
  const { name } = source;
  const expired = (): CatalogError => silent(name, timeoutMs);
  try {
    return await withinTime(whileOpen(pending, { clock, closing, name }), { clock, timeoutMs, signal }, expired);
  } catch (error) {
    opening.abort(error);
    pending.then(leave, () => undefined);
    throw error;
  }
}

function leave(source: IngestSource): void {
  const body = source instanceof Response ? source.body : source;
  if (body instanceof ReadableStream && !body.locked) body.cancel().catch(() => undefined);
}

function silent(name: string, timeoutMs: number): CatalogError {
  const what = `the source gave nothing for ${timeoutMs} ms`;
  return new CatalogError("UNAVAILABLE", `Cannot fetch ${quote(name)}: ${what}`, {
    details: { what: "source" },
    hint: "Nothing was stored; ask the source again.",
  });
}
