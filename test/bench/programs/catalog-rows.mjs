/* Rows for the benchmarks of the engine: made up, each with a key of its own. */

/** A registration; `of` tells those of one run from those of another. */
export function makeRegistration(of, index) {
  const number = String(index).padStart(8, "0");
  return {
    artifactId: `doi:10.1234/${of}.${number}`,
    sourceUrl: `https://example.org/articles/${of}/${number}/download.pdf`,
    resolver: "unpaywall",
    contentType: "application/pdf",
    bytes: 100_000 + (index % 1000),
    sha256: number.padStart(64, "0123456789abcdef"),
    storageUri: `file:///data/docs/unpaywall/${of}/${number}.pdf`,
    runId: of,
  };
}
