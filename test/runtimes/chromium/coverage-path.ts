/** Where pages and workers tell what their counters came to. */
export const COVERAGE_PATH = "/coverage-of-this-page";
