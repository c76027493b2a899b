import { quote } from "../../core/messages/quote.ts";
import type { RegisterResult } from "../../core/outcome.ts";
import type { Clock } from "../../ports/clock.ts";
import type { AddedSource, AddFinding, AddOptions, AddSummary } from "./add-options.ts";

/** What became of one file. */
export interface AddedItem extends Omit<RegisterResult, "outcome">, Pick<AddedSource, "placement" | "bytes"> {
  /** What registering did. */
  readonly outcome: Exclude<AddedSource["outcome"], "removed_before">;
  /** Why a file that was to be moved is still there. */
  readonly sourceKept?: string;
}

type Counter = keyof AddSummary;

const COUNTER_OF_PLACEMENT: Readonly<Record<AddedItem["placement"], Counter>> = {
  stored: "stored",
  linked: "linked",
  cloned: "cloned",
  dedup: "deduplicated",
  none: "kept",
  inPlace: "registered",
};

/** How often progress is told at most, in milliseconds. */
const PROGRESS_INTERVAL_MS = 100;

/** Who is told. */
type Listeners = Pick<AddOptions, "onAdded" | "onFinding" | "onProgress">;

/** Counts what `add` does, and tells those who asked. */
export class AddTally {
  readonly #clock: Clock;
  readonly #options: Listeners;
  readonly #totals: { readonly filesTotal?: number; readonly bytesTotal?: number };
  readonly #counts: Record<Counter, number> = {
    files: 0,
    bytes: 0,
    stored: 0,
    storedBytes: 0,
    deduplicated: 0,
    linked: 0,
    cloned: 0,
    registered: 0,
    found: 0,
    kept: 0,
    removedBefore: 0,
    sourcesKept: 0,
    failed: 0,
    documents: 0,
    replaced: 0,
    variants: 0,
    symlinks: 0,
    special: 0,
    own: 0,
  };
  #toldMs: number;

  /** Starts at zero; `totals` is what progress is compared with, as far as it is known. */
  constructor(
    clock: Clock,
    about: {
      readonly options: Listeners;
      readonly totals: { readonly filesTotal?: number; readonly bytesTotal?: number };
    },
  ) {
    this.#clock = clock;
    this.#options = about.options;
    this.#totals = about.totals;
    this.#toldMs = clock.monotonicMs();
  }

  /** Counts what is no file to be added. */
  skip(kind: "symlink" | "special" | "own"): void {
    this.#counts[kind === "symlink" ? "symlinks" : kind]++;
  }

  /** Counts a file that was not added, and tells why. */
  fail(finding: AddFinding): void {
    this.#counts.files++;
    this.#counts.failed++;
    this.#options.onFinding?.(finding);
    this.reportProgress();
  }

  /** Counts a file that was passed over, as its bytes were removed on purpose. */
  passOver(passed: Pick<AddedSource, "path" | "artifactId" | "outcome" | "bytes">): void {
    this.#options.onAdded?.({ ...passed, placement: "none", moved: false });
    this.#counts.files++;
    this.#counts.bytes += passed.bytes;
    this.#counts.removedBefore++;
    this.reportProgress();
  }

  /** Counts a file that was added; tells the finding when its key has other bytes. */
  addItem(item: AddedItem, { path, isMove }: { readonly path: string; readonly isMove: boolean }): void {
    const counts = this.#counts;
    const { outcome, placement, bytes, record } = item;
    const moved = isMove && outcome !== "kept" && item.sourceKept === undefined;
    this.#options.onAdded?.({ path, artifactId: record.artifactId, outcome, placement, bytes, moved });
    counts.files++;
    counts.bytes += item.bytes;
    counts[counterOf(item)]++;
    if (item.placement === "stored") counts.storedBytes += item.bytes;
    if (item.outcome === "created") counts.documents++;
    if (item.outcome === "replaced") counts.replaced++;
    if (item.outcome === "variant") counts.variants++;
    if (item.sourceKept !== undefined) {
      counts.sourcesKept++;
      const message = `The file ${quote(path)} was kept: it ${item.sourceKept}`;
      this.#options.onFinding?.({ kind: "kept", message, path });
    }
    if (item.contentChanged) this.#options.onFinding?.({ kind: "changed", message: describeChange(item), path });
    this.reportProgress();
  }

  /** Tells how far it is, if that was not told a moment ago. */
  reportProgress(options: { readonly always?: boolean } = {}): void {
    const nowMs = this.#clock.monotonicMs();
    if (options.always !== true && nowMs - this.#toldMs < PROGRESS_INTERVAL_MS) return;
    this.#toldMs = nowMs;
    const { files, bytes, removedBefore } = this.#counts;
    this.#options.onProgress?.({ files, bytes, removedBefore, ...this.#totals });
  }

  /** The counts so far; later ones do not change them. */
  summarize(): AddSummary {
    return { ...this.#counts };
  }
}

function counterOf({ outcome, placement }: AddedItem): Counter {
  if (outcome === "kept") return "kept";
  const isKnown = outcome === "found" || outcome === "completed";
  // Bytes that were lost and came back were stored.
  return isKnown && (placement === "dedup" || placement === "inPlace") ? "found" : COUNTER_OF_PLACEMENT[placement];
}

function describeChange({ outcome, record, offered, variant, unverified }: AddedItem): string {
  const theirs = unverified ? "bytes that could not be read to compare them" : "other bytes";
  const start = `${quote(record.artifactId)} is in the catalog with ${theirs}`;
  const what = `${offered?.bytes ?? 0} bytes, SHA-256 ${offered?.sha256 ?? "unknown"}`;
  if (outcome === "replaced") return `${start}; they were replaced by the new ones (${what})`;
  if (outcome === "variant") {
    return `${start}; the new ones (${what}) became variant ${quote(variant?.variant ?? "")}`;
  }
  return `${start}; they were kept, the new ones (${what}) were not stored`;
}
