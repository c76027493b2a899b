/*
 * Counts the tests in JUnit reports, which vitest, `deno test` and `bun test` all write, and makes a table of them.
 */
const SUITE =
  /(FileSystem|Hasher|SqlEngine|BlobStore|Host|Examples?|Package|One catalog file|Command line)(?: on (Node \d+|Deno|Bun))?\b/;

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeEntities(text) {
  return text.replace(/&(\w+);/g, (whole, name) => ENTITIES[name] ?? whole);
}

/** The cases of a report: suite, column and outcome of each. A test that names a runtime counts in its column. */
export function countCases(xml, column) {
  return [...xml.matchAll(/<testcase\b([^>]*?)(\/>|>([\s\S]*?)<\/testcase>)/g)].map(([, attributes, , body = ""]) => {
    const name = decodeEntities(/\bname="([^"]*)"/.exec(attributes)?.[1] ?? "");
    const group = decodeEntities(/\bclassname="([^"]*)"/.exec(attributes)?.[1] ?? "");
    // Bun names the suite as the class, the others in front of the name.
    const [, suite = "other", runtime = column] = SUITE.exec(name.includes(" > ") ? name : group) ?? [];
    const outcome = /<(failure|error)\b/.test(body) ? "failed" : /<skipped\b/.test(body) ? "skipped" : "passed";
    return { suite, column: runtime, outcome, name, body };
  });
}

/** What failed, as a runner that only writes a report leaves it unsaid: the names of the tests, and what each said. */
export function formatFailures(cases) {
  return cases
    .filter(({ outcome }) => outcome === "failed")
    .map(({ column, name, body }) => {
      const text = body.replace(/<\/?[a-z][^>]*>/g, "").replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, "$1");
      const message = /<(?:failure|error)\b[^>]*?\bmessage="([^"]*)"/.exec(body)?.[1] ?? "";
      const said = decodeEntities(`${message}\n${text}`).trim();
      return `\n${column}: failed: ${name}\n${said.slice(0, MAX_SAID)}\n`;
    })
    .join("");
}

/** So much of what a failed test says is printed, in UTF-16 code units. */
const MAX_SAID = 4000;

/** Counts as a table of suites by runtimes: how many passed, and how many did not. */
export function formatMatrix(cases) {
  const columns = [...new Set(cases.map(({ column }) => column))];
  const suites = [...new Set(cases.map(({ suite }) => suite))];
  const rows = [...suites, undefined].map((suite) => [
    suite ?? "all suites",
    ...columns.map((column) =>
      formatCell(cases.filter((one) => (suite === undefined || one.suite === suite) && one.column === column)),
    ),
  ]);
  return [["", ...columns], ...rows]
    .map((row) => row.map((cell, index) => (index === 0 ? cell.padEnd(18) : cell.padStart(16))).join(""))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

function formatCell(cases) {
  const count = (wanted) => cases.filter(({ outcome }) => outcome === wanted).length;
  if (cases.length === 0) return "-";
  const rest = ["failed", "skipped"].filter((outcome) => count(outcome) > 0).map((name) => `${count(name)} ${name}`);
  return [String(count("passed")), ...rest].join(", ");
}
