/*
 * The tables of metrics in docs/telemetry.md, from that in code. `importBundled` imports what TypeScript sources export.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const TABLES = /(?<=<!-- metrics: [^\n]*-->\n)[\s\S]*?(?=<!-- \/metrics -->)/;

/** The page on telemetry with today's tables. */
export async function withMetrics(root, importBundled) {
  const metrics = await importBundled('export * from "./src/core/telemetry/metrics.ts";');
  const page = await readFile(join(root, "docs", "telemetry.md"), "utf8");
  return page.replace(TABLES, () => `\n${metricTables(metrics)}\n`);
}

function metricTables({ COUNTERS, HISTOGRAMS, GAUGES }) {
  const counters = Object.entries(COUNTERS).map(([name, { unit, labels, description }]) => {
    return [code(name), code(unit), describeLabels(labels), description];
  });
  const histograms = Object.entries(HISTOGRAMS).map(([name, { unit, labels, description, buckets }]) => {
    return [code(name), code(unit), describeLabels(labels), description, `${buckets[0]} to ${buckets.at(-1)}`];
  });
  const gauges = Object.entries(GAUGES).map(([name, { unit, description }]) => [code(name), code(unit), description]);
  return [
    table(["counter", "unit", "labels", "what it counts"], counters),
    table(["histogram", "unit", "labels", "what it tells", "buckets"], histograms),
    table(["gauge", "unit", "what it tells"], gauges),
  ].join("\n");
}

function describeLabels(labels) {
  const all = Object.entries(labels).map(([label, values]) => {
    return values === null ? code(label) : `${code(label)}: ${values.map(code).join(", ")}`;
  });
  return all.join("; ");
}

function code(text) {
  return `\`${text}\``;
}

/** As the formatter wants it: each column as wide as its widest cell. */
function table(titles, rows) {
  const widths = titles.map((title, at) => Math.max(title.length, ...rows.map((cells) => cells[at].length)));
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(" | ")} |\n`;
  return [titles, widths.map((width) => "-".repeat(width)), ...rows].map(line).join("");
}
