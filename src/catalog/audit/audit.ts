import { type CatalogError, isCatalogError } from "../../errors.ts";
import { readSequence } from "../collect/live/live-sets.ts";
import { OrphanMarks } from "../collect/marks/orphan-marks.ts";
import { giveBackLeft } from "../collect/remove/give-back-left.ts";
import { RootMembers } from "../root/root-members.ts";
import { StoreGuard } from "../verify/run/store-guard.ts";
import type { AuditContext } from "./audit-context.ts";
import { type AuditFinding, type AuditKind, auditFinding } from "./audit-finding.ts";
import type { AuditOptions, AuditSummary, TableDigest } from "./audit-options.ts";
import { AuditTally } from "./audit-tally.ts";
import { findDangling, findDatabase, findKnownBad } from "./find-database.ts";
import { findLeft, findQuarantined } from "./places/find-left.ts";
import { findOwnMarker } from "./places/find-markers.ts";
import { findMissing } from "./places/find-missing.ts";
import { RootAudit } from "./places/root-audit.ts";
import { digestOtherTables } from "./rows/digest-other-tables.ts";
import { digestTables } from "./rows/row-digest.ts";

/** Catalog and storage against each other; see `AuditCapability`. */
export async function* audit(
  context: AuditContext,
  options: AuditOptions,
): AsyncGenerator<AuditFinding, void, undefined> {
  const members = new RootMembers(context);
  try {
    yield* new Audit(context, members, options).run();
  } finally {
    await members.close();
  }
}

/** What keeps a blob from being given back where nothing is wrong with it. */
const CANNOT_WRITE = ["READ_ONLY", "PERMISSION", "BUSY", "NO_SPACE"] as const;

class Audit {
  readonly #context: AuditContext;
  readonly #options: AuditOptions;
  readonly #marks: OrphanMarks;
  readonly #root: RootAudit;
  readonly #guard: StoreGuard;
  readonly #tally = new AuditTally();
  readonly #untold = new Set<AuditKind>();
  readonly #said = new Set<string>();
  #others: readonly TableDigest[] | undefined;
  #givenBack = 0;

  constructor(context: AuditContext, members: RootMembers, options: AuditOptions) {
    this.#context = context;
    this.#options = options;
    this.#marks = new OrphanMarks(context);
    this.#guard = new StoreGuard({ ...context, verb: "audit" });
    this.#root = new RootAudit({ context, members, marks: this.#marks, options });
  }

  async *run(): AsyncGenerator<AuditFinding, void, undefined> {
    const before = await this.#findSequence();
    for await (const finding of this.#find()) {
      this.#tally.add(finding);
      yield finding;
    }
    const after = await this.#findSequence();
    this.#options.onSummary?.(await this.#summarize(before !== undefined && before === after));
  }

  async *#find(): AsyncGenerator<AuditFinding, void, undefined> {
    const [context, options, root] = [this.#context, this.#options, this.#root];
    await this.#guard.begin();
    yield* this.#despite(root.readMembers(), ["marker"]);
    await this.#giveBack();
    yield* this.#despite(findDatabase(context, options), ["database", "log"]);
    yield* this.#despite(root.readRows(), ["bad_row", "missing", "size_mismatch"]);
    yield* this.#despite(findDangling(context, options), ["dangling_variant"]);
    yield* this.#despite(findOwnMarker(context, { isNamed: root.rows.inRoot > 0 }), ["marker"]);
    // Of a root that is not there no row's file is missing: that is one finding, and the end.
    if (root.rows.inRoot > 0) this.#guard.requireBegun();
    yield* this.#despite(root.walk(), ["missing", "size_mismatch"]);
    yield* this.#despite(findMissing(context, root.expected, { ...options, guard: this.#guard }), [
      "missing",
      "size_mismatch",
    ]);
    yield* this.#despite(findLeft(context, { marks: this.#marks, pins: root.pins }), ["leftover"]);
    yield* findQuarantined(context);
    yield* this.#despite(findKnownBad(context, options), ["known_bad"]);
    yield* this.#digestOthers();
    if (!root.knowsNames) for (const kind of ["orphan", "unknown"] as const) this.#untold.add(kind);
  }

  /** What is damaged is a finding, each once, and ends nothing but the step that met it. */
  async *#despite(
    step: AsyncIterable<AuditFinding>,
    untold: readonly AuditKind[],
  ): AsyncGenerator<AuditFinding, void, undefined> {
    try {
      yield* step;
    } catch (error) {
      yield* this.#note(error, untold);
    }
  }

  *#note(error: unknown, untold: readonly AuditKind[]): Generator<AuditFinding, void, undefined> {
    if (!isDamage(error)) throw error;
    for (const kind of untold) this.#untold.add(kind);
    if (this.#said.has(error.message)) return;
    this.#said.add(error.message);
    yield auditFinding({ kind: "database", reason: "unreadable", message: error.message });
  }

  /** What a collector took that is gone, unless nothing may be written: then it is told as what it is. */
  async #giveBack(): Promise<void> {
    const { readOnly, store } = this.#context;
    if (readOnly || !store.capabilities.take) return;
    try {
      const onApplied = (): void => {
        this.#givenBack += 1;
      };
      await giveBackLeft(this.#context, this.#marks, { onApplied });
    } catch (error) {
      if (!isDamage(error) && !CANNOT_WRITE.some((code) => isCatalogError(error, code))) throw error;
    }
  }

  async *#digestOthers(): AsyncGenerator<AuditFinding, void, undefined> {
    try {
      this.#others = await digestOtherTables(this.#context, this.#options);
    } catch (error) {
      yield* this.#note(error, []);
    }
  }

  async #findSequence(): Promise<number | undefined> {
    try {
      return await readSequence(this.#context.sql, this.#options);
    } catch (error) {
      if (isDamage(error)) return undefined;
      throw error;
    }
  }

  async #summarize(steady: boolean): Promise<AuditSummary> {
    const { rows, files } = this.#root;
    const others = this.#others;
    const isWhole = others !== undefined && rows.digests.length === 2;
    const tables = isWhole ? [...rows.digests, ...others] : [];
    return {
      findings: this.#tally.findings,
      byKind: this.#tally.byKind,
      files,
      elsewhere: rows.elsewhere,
      givenBack: this.#givenBack,
      tables,
      sha256: isWhole ? await digestTables(tables, this.#context.hashers) : null,
      steady,
      untold: [...this.#untold],
    };
  }
}

/** Whether a catalog cannot be read because of what its files are. */
function isDamage(error: unknown): error is CatalogError {
  return isCatalogError(error, "CORRUPT") || isCatalogError(error, "DIVERGED");
}
