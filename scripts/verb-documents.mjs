/*
 * What is made from the list of verbs: the JSON Schema of what they write, and the table of the README.
 * `importBundled` imports what TypeScript sources export.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const TABLE = /(?<=<!-- verbs: [^\n]*-->\n)[\s\S]*?(?=<!-- \/verbs -->)/;

async function readVerbs(importBundled) {
  const { VERBS } = await importBundled('export { VERBS } from "./src/cli/verbs/all.ts";');
  return VERBS;
}

/** The JSON Schema of what the command line writes, from the parts that stand in the folders of the verbs. */
export async function outputSchema(importBundled) {
  const verbs = await readVerbs(importBundled);
  const parts = verbs.map(({ verb }, index) => {
    return `export { OUTPUT_SCHEMA as output${index} } from "./src/cli/verbs/${verb}/output-schema.ts";\n`;
  });
  const { createOutputSchema, ...outputs } = await importBundled(
    `export { createOutputSchema } from "./src/cli/output-schema/create-output-schema.ts";\n${parts.join("")}`,
  );
  return createOutputSchema(verbs.map(({ verb }, index) => ({ verb, output: outputs[`output${index}`] })));
}

/** The README with the table of today's verbs. */
export async function readmeWithVerbs(root, importBundled) {
  const verbs = await readVerbs(importBundled);
  const readme = await readFile(join(root, "README.md"), "utf8");
  return readme.replace(TABLE, () => `\n${verbTable(verbs)}\n`);
}

/** The verbs with what they take and do, as a Markdown table. */
export function verbTable(verbs) {
  const rows = verbs.map(({ verb, arguments: words, summary }) => {
    const usage = [verb, ...words.map(({ name, variadic }) => `${name}${variadic ? "..." : ""}`)].join(" ");
    return [`\`${usage}\``, summary];
  });
  const all = [["verb", "what it does"], ...rows];
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |\n`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  const [titles, ...lines] = all.map(line);
  return titles + rule + lines.join("");
}
