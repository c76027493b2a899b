import type { GaugeName } from "../../core/telemetry/metric-labels.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import type { CatalogFigures } from "../../ports/telemetry.ts";

/** The figures that others than the engine and the clock know. */
export type KeptFigure = Exclude<
  GaugeName,
  "content_catalog.verification.oldest_age" | "content_catalog.log.size" | "content_catalog.database.size"
>;

/**
 * What was found out about a catalog by who had to look anyway, and what this process has changed since. What other
 * processes do is seen when somebody looks again.
 */
export class Figures {
  readonly #kept: Map<KeptFigure, number> = new Map();
  #oldestCheckMs: number | undefined;

  /** A figure is known. */
  set(name: KeptFigure, value: number): void {
    this.#kept.set(name, value);
  }

  /** A figure changes, if it is known. */
  add(name: KeptFigure, by: number): void {
    const value = this.#kept.get(name);
    if (value !== undefined) this.#kept.set(name, Math.max(0, value + by));
  }

  /** A figure is not known any more. */
  forget(name: KeptFigure): void {
    this.#kept.delete(name);
  }

  /** When the blob was verified that was verified longest ago; `null` when none was. */
  setOldestCheck(time: Timestamp | null): void {
    this.#oldestCheckMs = time === null ? undefined : Date.parse(time);
  }

  /** All that is known now. */
  read({ sql, clock }: { readonly sql: SqlEngine; readonly clock: Clock }): CatalogFigures {
    const values = new Map<GaugeName, number>(this.#kept);
    const oldestMs = this.#oldestCheckMs;
    if (oldestMs !== undefined) {
      values.set("content_catalog.verification.oldest_age", Math.max(0, clock.now() - oldestMs) / 1000);
    }
    const sizes = sql.sizes?.();
    if (sizes !== undefined) {
      values.set("content_catalog.log.size", sizes.logBytes);
      values.set("content_catalog.database.size", sizes.fileBytes);
    }
    return { of: this, values };
  }
}

const SHARED = new WeakMap<object, Figures>();

/** The figures of a catalog, the same for all who have it open in this process, as far as the engine can tell. */
export function figuresOf(sql: SqlEngine): Figures {
  const catalog = sql.sizes?.()?.of;
  const figures = (catalog && SHARED.get(catalog)) ?? new Figures();
  if (catalog !== undefined) SHARED.set(catalog, figures);
  return figures;
}
