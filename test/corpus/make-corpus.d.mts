/** What is to be made. */
export interface CorpusOptions {
  /** Made anew: must be absent, empty, or a corpus. */
  readonly directory: string;
  /** Downloads that were tried. @default 1000 */
  readonly records?: number;
  /** The same seed gives the same corpus. @default 1 */
  readonly seed?: number;
  /** Size of a file on average. @default 24 */
  readonly meanKib?: number;
  /** Write no files. @default false */
  readonly manifestOnly?: boolean;
}

/** What `import-manifest --hash all` must report; each figure is the truth, counted while the files were written. */
export interface CorpusExpectation {
  /** Every line of the manifest. */
  readonly lines: number;
  readonly attempts: number;
  /** Lines that are neither attempts nor outcomes. */
  readonly other: number;
  /** Lines that say a file was stored, repeats included. */
  readonly outcomes: number;
  readonly failures: number;
  readonly skips: number;
  readonly dryRuns: number;
  /** Outcomes whose key and bytes came before: no new row. */
  readonly repeats: number;
  /** Outcomes whose key came before with other bytes: the row is kept, the line reported. */
  readonly changed: number;
  /** Lines that cannot be used: torn, without an id, a size that is no number. */
  readonly damaged: number;
  /** Outcomes whose file is not there: reported, no row. */
  readonly gone: number;
  /** Paths that leave the base directory: reported, no row. */
  readonly outside: number;
  /** Lines that contradict the size of their file: reported, the file's own is registered. */
  readonly wrongSize: number;
  /** Lines that contradict the hash of their file: reported, the file's own is registered. */
  readonly wrongHash: number;
  /** Rows after the import. */
  readonly documents: number;
  /** Rows of variants after the import. */
  readonly variants: number;
  /** Sum of the documents' true sizes. */
  readonly bytes: number;
  /** Different hashes among the documents, that of empty files included. */
  readonly distinctHashes: number;
  readonly duplicateGroups: number;
  /** Documents in the largest group. */
  readonly largestGroup: number;
}

/** Makes a corpus and resolves to what it holds. */
export function makeCorpus(options: CorpusOptions): Promise<CorpusExpectation>;
