/*
 * What the legs of the matrix covered of the files that only they run, as a table.
 */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import coverage from "istanbul-lib-coverage";
import { COVERED_IN, REQUIRED_PERCENT } from "../../../scripts/coverage-legs.mjs";

/** Reads what legs wrote into a folder: a row for each file and leg, with what is missing of it. */
export function readCoverage(directory) {
  const written = readdirSync(directory).map((name) => join(directory, name));
  const maps = new Map(Object.keys(COVERED_IN).map((leg) => [leg, coverage.createCoverageMap()]));
  for (const path of written.filter((each) => extname(each) === ".json")) {
    const { leg, files } = JSON.parse(readFileSync(path, "utf8"));
    maps.get(leg).merge(files);
  }
  const told = written
    .filter((each) => extname(each) === ".lcov")
    .flatMap((path) => parseLcov(readFileSync(path, "utf8")));
  return Object.entries(COVERED_IN).flatMap(([leg, files]) =>
    files.map((file) => ({
      leg,
      file,
      ...(told.find(({ path }) => path.endsWith(`/${file}`)) ?? countsOf(maps.get(leg), file)),
    })),
  );
}

/** Lines and branches of a file that has counters; nothing when it was not loaded. */
function countsOf(map, file) {
  if (!map.files().includes(file)) return NOT_RUN;
  const found = map.fileCoverageFor(file);
  const { lines, branches } = found.toSummary().data;
  const openBranches = Object.entries(found.b).flatMap(([id, counts]) =>
    counts.includes(0) ? [found.branchMap[id].loc.start.line] : [],
  );
  return { lines, branches, missing: [...found.getUncoveredLines().map(Number), ...openBranches] };
}

const NOT_RUN = { lines: { total: 1, covered: 0 }, branches: { total: 0, covered: 0 }, missing: [] };

/** The records of a tracefile as lcov's geninfo(1) describes it. */
function parseLcov(text) {
  return text.split("end_of_record\n").flatMap((record) => {
    const fields = record.split("\n").map((line) => line.split(/[:,]/));
    const path = /^SF:(.*)$/m.exec(record)?.[1]?.replaceAll("\\", "/");
    if (path === undefined) return [];
    const number = (name) => Number(fields.find(([field]) => field === name)?.[1] ?? 0);
    const open = fields.filter(([field, ...rest]) => /^(DA|BRDA)$/.test(field) && /^[0-]$/.test(rest.at(-1)));
    return [
      {
        path,
        lines: { total: number("LF"), covered: number("LH") },
        branches: { total: number("BRF"), covered: number("BRH") },
        missing: open.map(([, line]) => Number(line)),
      },
    ];
  });
}

/** The rows as a table, and below it where something is missing of files that are below the bar. */
export function formatCoverage(rows) {
  const cells = rows.map((row) => [row.file, row.leg, ...[row.lines, row.branches].map(formatCount)]);
  const lines = [["coverage", "leg", "lines", "branches"], ...cells].map(([file, leg, ...counts]) =>
    [file.padEnd(44), leg.padEnd(9), ...counts.map((count) => count.padStart(18))].join(" "),
  );
  const below = rows.filter((row) => !isCovered(row)).map(formatMissing);
  return [...lines, ...below].map((line) => `${line.trimEnd()}\n`).join("");
}

/** Whether enough of a file was covered. */
export function isCovered({ lines, branches }) {
  return [lines, branches].every(({ covered, total }) => covered * 100 >= total * REQUIRED_PERCENT);
}

function formatCount({ covered, total }) {
  return total === 0 ? "-" : `${((covered * 100) / total).toFixed(1)} % of ${total}`;
}

function formatMissing({ file, leg, missing }) {
  const where = [...new Set(missing)].sort((one, other) => one - other).join(", ");
  return `${file} is below ${REQUIRED_PERCENT} % in ${leg}: ${where === "" ? "it was not run" : `look at lines ${where}`}`;
}
