import { isCatalogError } from "../../errors.ts";
import type { CatalogFigures, SpanAttributes, SpanName, Telemetry } from "../../ports/telemetry.ts";
import { type Instruments, instrumentsOf, SCOPE } from "./_instruments.ts";
import type { OtelMeterProvider, OtelSpan, OtelTracerProvider } from "./otel.ts";

/** Finds what is registered now: it is asked again each time. */
export interface FindProviders {
  /** Where meters come from; `undefined` while nobody measures. */
  meters(): OtelMeterProvider | undefined;
  /** Where spans come from; likewise. */
  tracers(): OtelTracerProvider | undefined;
}

/** `SpanStatusCode.ERROR`. */
const ERROR = 2;

const A_URL = /[a-z][a-z0-9+.-]*:\/\/[^\s"']+/gi;

/** Measures with whatever is registered at the moment. What that throws comes through. */
export class OtelTelemetry implements Telemetry {
  readonly #find: FindProviders;
  readonly #catalogs: Set<() => CatalogFigures> = new Set();
  #provider: OtelMeterProvider | undefined;
  #instruments: Instruments | undefined;

  /** Looks for nothing yet. */
  constructor(find: FindProviders) {
    this.#find = find;
  }

  count: Telemetry["count"] = (name, labels, by = 1) => {
    this.#current()?.count(name, labels, by);
  };

  record: Telemetry["record"] = (name, value, labels) => {
    this.#current()?.record(name, value, labels);
  };

  observe(read: () => CatalogFigures): () => void {
    this.#catalogs.add(read);
    this.#current()?.add(read);
    return () => {
      this.#catalogs.delete(read);
      this.#instruments?.delete(read);
    };
  }

  span<Result>(name: SpanName, attributes: SpanAttributes, work: () => Promise<Result>): Promise<Result> {
    const tracers = this.#find.tracers();
    if (tracers === undefined) return work();
    return tracers.getTracer(SCOPE).startActiveSpan(name, { attributes }, (span) => runInside(span, work));
  }

  /** A meter that was got before the SDK was registered would stay deaf, so a new provider makes new instruments. */
  #current(): Instruments | undefined {
    const provider = this.#find.meters();
    if (provider === this.#provider) return this.#instruments;
    const instruments = provider && instrumentsOf(provider);
    for (const read of this.#catalogs) {
      this.#instruments?.delete(read);
      instruments?.add(read);
    }
    this.#provider = provider;
    this.#instruments = instruments;
    return instruments;
  }
}

async function runInside<Result>(span: OtelSpan, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isAbort(error)) recordError(span, error);
    throw error;
  } finally {
    span.end();
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** An error by its code. Its message may name URLs, which can have secrets. */
function recordError(span: OtelSpan, error: unknown): void {
  const { name, message: text } = error instanceof Error ? error : { name: "Error", message: String(error) };
  const message = text.replace(A_URL, "***");
  const code = isCatalogError(error) ? error.code : name;
  span.recordException({ name: code, message });
  span.setStatus({ code: ERROR, message: code });
}
