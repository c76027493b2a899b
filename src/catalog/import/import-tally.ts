import type { ManifestEntry } from "../../core/manifest/manifest-entry.ts";
import { quote } from "../../core/messages/quote.ts";
import type { Clock } from "../../ports/clock.ts";
import { describePin } from "../pins/pinned-error.ts";
import type { RegisteredItem, RegisterItem } from "../register/register.ts";
import type {
  ImportedOutcome,
  ImportFinding,
  ImportFindingKind,
  ImportOptions,
  ImportProgress,
  ImportSummary,
} from "./import-options.ts";

/** A number of the summary. */
type Counter = Exclude<keyof ImportSummary, "stopped">;

const COUNTER_OF_LINE: Readonly<Record<Exclude<ManifestEntry["kind"], "damaged">, Counter>> = {
  attempt: "attempts",
  other: "other",
  failure: "failures",
  skip: "skips",
  dryRun: "dryRuns",
  outcome: "outcomes",
};

const COUNTER_OF_FINDING: Readonly<Record<ImportFindingKind, Counter>> = {
  damaged: "damaged",
  gone: "gone",
  outside: "outside",
  unreadable: "unreadable",
  own: "own",
  unstable: "unstable",
  wrong_size: "wrongSize",
  wrong_hash: "wrongHash",
  changed: "changed",
  kept: "sourcesKept",
};

/** How often progress is told at most, in milliseconds. */
const PROGRESS_INTERVAL_MS = 100;

/** Counts what an import does, and tells those who asked. */
export class ImportTally {
  readonly #clock: Clock;
  readonly #listeners: Pick<ImportOptions, "onFinding" | "onImported" | "onProgress">;
  readonly #counts: Record<Counter, number> = {
    lines: 0,
    attempts: 0,
    other: 0,
    outcomes: 0,
    failures: 0,
    skips: 0,
    dryRuns: 0,
    damaged: 0,
    gone: 0,
    outside: 0,
    unreadable: 0,
    own: 0,
    unstable: 0,
    wrongSize: 0,
    wrongHash: 0,
    repeats: 0,
    removedBefore: 0,
    sourcesKept: 0,
    changed: 0,
    documents: 0,
    variants: 0,
    bytes: 0,
    filesHashed: 0,
    bytesHashed: 0,
  };
  #bytesRead = 0;
  #bytesTotal: number | undefined;
  #toldMs: number;
  #stopped = false;

  /** Starts at zero; `listeners` are told from then on. */
  constructor(clock: Clock, listeners: Pick<ImportOptions, "onFinding" | "onImported" | "onProgress">) {
    this.#clock = clock;
    this.#listeners = listeners;
    this.#toldMs = clock.monotonicMs();
  }

  /** Notes that the import stopped early. */
  stop(): void {
    this.#stopped = true;
  }

  /** Takes note of the size of the manifest in bytes; `undefined` for a stream, which does not tell. */
  expectBytes(total: number | undefined): void {
    this.#bytesTotal = total;
  }

  /** Counts bytes of the manifest. */
  addRead(bytes: number): void {
    this.#bytesRead += bytes;
  }

  /** About how many documents are still to come, if the rest is like what was read; as many again where its size is unknown. */
  estimateRest(): number {
    const { documents } = this.#counts;
    if (this.#bytesTotal === undefined || this.#bytesRead === 0) return documents;
    return Math.ceil((documents * Math.max(0, this.#bytesTotal - this.#bytesRead)) / this.#bytesRead);
  }

  /** Counts bytes of files that were read for their hash. */
  addHashed(bytes: number): void {
    this.#counts.bytesHashed += bytes;
    this.reportProgress();
  }

  /** Counts a file that was read for its hash. */
  addHashedFile(): void {
    this.#counts.filesHashed++;
  }

  /** Counts a line; a damaged one is counted by its finding. */
  addLine(kind: ManifestEntry["kind"]): void {
    this.#counts.lines++;
    if (kind !== "damaged") this.#counts[COUNTER_OF_LINE[kind]]++;
  }

  /** Counts a finding, and tells it. */
  report(finding: ImportFinding): void {
    this.#counts[COUNTER_OF_FINDING[finding.kind]]++;
    this.#listeners.onFinding?.(finding);
  }

  /** Counts what became of an outcome, and reports what was there with other bytes; gives how many findings that were. */
  addRegistered(registered: RegisteredItem, about: { readonly item: RegisterItem; readonly line: number }): number {
    const { item, line } = about;
    const { artifactId } = item.registration;
    if (registered.outcome === "created") {
      this.#counts.documents++;
      this.#counts.bytes += item.registration.bytes;
    } else if (!registered.contentChanged) this.#counts.repeats++;
    if (registered.changedVariant?.created) this.#counts.variants++;
    let findings = 0;
    if (registered.contentChanged) {
      findings++;
      this.report({ kind: "changed", line, message: describeChange(registered, item), artifactId });
    }
    registered.variants.forEach((variant, index) => {
      if (variant.outcome === "created") this.#counts.variants++;
      if (!variant.contentChanged) return;
      findings++;
      const name = quote(item.variants[index]?.variant ?? "");
      const message = `Variant ${name} of ${quote(artifactId)} is in the catalog with other bytes; it was kept`;
      this.report({ kind: "changed", line, message, artifactId });
    });
    return findings;
  }

  /** Counts an outcome that was passed over, as its bytes were removed on purpose, and tells it. */
  passOver(passed: Pick<ImportedOutcome, "line" | "path" | "artifactId" | "bytes">): void {
    this.#counts.removedBefore++;
    this.#listeners.onImported?.({ ...passed, outcome: "removed_before", placement: "none", moved: false });
  }

  /** Tells what became of an outcome. */
  tell({ outcome }: RegisteredItem, about: Omit<ImportedOutcome, "outcome">): void {
    const isKept = outcome === "kept";
    const { placement, moved } = about;
    this.#listeners.onImported?.({
      ...about,
      outcome,
      placement: isKept ? "none" : placement,
      moved: moved && !isKept,
    });
  }

  /** Tells how far the import is, if that was not told a moment ago. */
  reportProgress(options: { readonly always?: boolean } = {}): void {
    const { onProgress } = this.#listeners;
    if (onProgress === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    if (options.always !== true && nowMs - this.#toldMs < PROGRESS_INTERVAL_MS) return;
    this.#toldMs = nowMs;
    const { lines, documents, removedBefore, bytesHashed } = this.#counts;
    const progress: ImportProgress = { lines, bytesRead: this.#bytesRead, documents, removedBefore, bytesHashed };
    onProgress(this.#bytesTotal === undefined ? progress : { ...progress, bytesTotal: this.#bytesTotal });
  }

  /** The counts so far; later ones do not change them. */
  summarize(): ImportSummary {
    return { ...this.#counts, stopped: this.#stopped };
  }
}

function describeChange(registered: RegisteredItem, { registration }: RegisterItem): string {
  const theirs = registered.unverified ? "bytes that were not compared" : "other bytes";
  const start = `${quote(registration.artifactId)} from ${quote(registration.sourceUrl)} is in the catalog with ${theirs}`;
  const offered = `${registration.bytes} bytes, SHA-256 ${registration.sha256 ?? "unknown"}`;
  switch (registered.outcome) {
    case "replaced":
      return `${start}; they were replaced by the new ones (${offered})`;
    case "variant": {
      const name = quote(registered.changedVariant?.record.variant ?? "");
      return `${start}; the new ones (${offered}) became variant ${name}`;
    }
    default: {
      const because = registered.pin === undefined ? "" : `, as ${describePin(registered.pin)}`;
      return `${start}; they were kept${because}, the new ones (${offered}) were not registered`;
    }
  }
}
