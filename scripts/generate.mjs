/*
 * Writes what is derived from other files: the JSON Schemas of the configuration and of the command line's output, the
 * README's table of verbs, the tables of metrics and the module of the migrations, which are part of the repository, and by installed packages
 * the modules of file-type, of the WebAssembly of sql.js and of the script of worker threads, which git ignores.
 *
 *   node scripts/generate.mjs                     all of them, where they are out of step
 *   node scripts/generate.mjs --from-packages     only those that packages make
 *   node scripts/generate.mjs --check             writes nothing, names what is out of step in the repository, exits with 1
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import initSqlJs from "sql.js";
import { bundleFileType } from "./bundle-file-type.mjs";
import { licenceOf } from "./licences.mjs";
import { withMetrics } from "./metric-tables.mjs";
import { outputSchema, readmeWithVerbs } from "./verb-documents.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Imports what TypeScript sources export, by bundling them in memory: Node 20 cannot import them itself. */
async function importBundled(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    // Nothing is run here, so what the verbs do stays out.
    external: ["*/run.ts"],
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

/** The JSON Schema of the configuration file, from the table of keys. */
async function configSchema() {
  const { SETTING_KEYS, toJsonSchema } = await importBundled(`
    export { SETTING_KEYS } from "./src/core/settings/setting-keys.ts";
    export { toJsonSchema } from "@valibot/to-json-schema";
  `);
  const section = (name) => {
    const properties = {};
    for (const key of SETTING_KEYS.filter((candidate) => candidate.section === name)) {
      // JSON has no number that is not finite.
      const { $schema, ...schema } = toJsonSchema(key.schema, { target: "draft-2020-12", ignoreActions: ["finite"] });
      properties[key.name] = { description: key.description, ...schema, default: key.default };
    }
    return { type: "object", properties, additionalProperties: false };
  };
  const none = { description: "No settings in this section.", type: "null" };
  const disabled = { description: "No catalog: files are placed, and nothing is registered.", const: false };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "content-catalog configuration",
    description:
      "The content of catalog.config.yaml, .yml, .toml, .json or .jsonc. Generated from src/core/settings/setting-keys.ts.",
    type: "object",
    properties: {
      $schema: { description: "Where this schema is, for editors.", type: "string" },
      storage: {
        description: "Where bytes are stored, and under which names.",
        anyOf: [section("storage"), none],
      },
      catalog: {
        description: "Where the catalog is kept, and what it does with what it is told.",
        anyOf: [section("catalog"), disabled, none],
      },
    },
    additionalProperties: false,
  };
}

/** The migrations, from `schema/NNNN_name.sql`. */
async function readMigrations() {
  const files = (await readdir(join(root, "schema"))).filter((name) => name.endsWith(".sql")).sort();
  const migrations = [];
  for (const file of files) {
    const [, number, name] = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file) ?? [];
    if (number === undefined || Number(number) !== migrations.length + 1) {
      const expected = String(migrations.length + 1).padStart(4, "0");
      throw new Error(`Cannot use migration schema/${file}: expected the next one to be ${expected}_<name>.sql`);
    }
    const text = (await readFile(join(root, "schema", file), "utf8")).replaceAll("\r\n", "\n");
    migrations.push({ version: Number(number), name, sql: text.replace(/^(?:[ \t]*(?:--[^\n]*)?\n)*/, "") });
  }
  return migrations;
}

/** The migrations, each with what `sqlite_schema` has after it. */
async function withSchemas(migrations) {
  const { Database } = await initSqlJs();
  const db = new Database();
  const made = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE rootpage > 0 ORDER BY rowid";
  try {
    return migrations.map((migration) => {
      db.run(migration.sql);
      return { ...migration, rows: db.exec(made)[0]?.values ?? [] };
    });
  } finally {
    db.close();
  }
}

function migrationsModule(migrations) {
  const literal = (text) => `\`${text.replace(/[\\`]|\$(?=\{)/g, "\\$&")}\``;
  const textOf = (value) => (value?.includes("\n") ? literal(value) : JSON.stringify(value));
  const entries = migrations.map(({ version, name, sql, rows }) => {
    const schema = `[\n${rows.map((row) => `      [${row.map(textOf).join(", ")}],\n`).join("")}    ]`;
    const fields = { version, name: JSON.stringify(name), sql: literal(sql), sqliteSchema: schema };
    const lines = Object.entries(fields).map(([field, value]) => `    ${field}: ${value},\n`);
    return `  {\n${lines.join("")}  },\n`;
  });
  return [
    "// Generated from schema/*.sql by npm run generate; do not edit.\n",
    'import type { Migration } from "../ports/sql.ts";\n\n',
    "/** Every step of the schema, in order. */\n",
    `export const MIGRATIONS: readonly Migration[] = [\n${entries.join("")}];\n`,
  ].join("");
}

async function sqlWasmModule() {
  const folder = join(root, "node_modules", "sql.js");
  const wasm = await readFile(join(folder, "dist", "sql-wasm.wasm"));
  return [
    "// Generated from sql.js/dist/sql-wasm.wasm by npm run generate; do not edit.\n",
    `${licenceOf(folder, "sql.js")}\n`,
    "/** The WebAssembly of sql.js, in base64. */\n",
    `export const SQL_WASM_BASE64: string =\n  "${wasm.toString("base64")}";\n`,
  ].join("");
}

/** The script of the threads that read files, as a text: whatever bundles the package has no other file to take along. */
async function digestWorkerModule() {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { parentPort, workerData } from "node:worker_threads";
        import { serveDigests } from "./src/hosts/digest/serve-digests.ts";
        serveDigests(parentPort, workerData);
      `,
      resolveDir: root,
      loader: "ts",
    },
    bundle: true,
    minify: true,
    // Node runs a text as CommonJS.
    format: "cjs",
    platform: "node",
    target: "node20",
    write: false,
  });
  return [
    "// Generated from src/hosts/digest/serve-digests.ts by npm run generate; do not edit.\n",
    "/** What a thread runs that reads and hashes files, as CommonJS. */\n",
    `export const DIGEST_WORKER: string =\n  ${JSON.stringify(outputFiles[0].text)};\n`,
  ].join("");
}

/** What each file of the repository is made by. */
const FROM_OURS = {
  "README.md": () => readmeWithVerbs(root, importBundled),
  "docs/telemetry.md": () => withMetrics(root, importBundled),
  "schema/cli-output.schema.json": async () => `${JSON.stringify(await outputSchema(importBundled), null, 2)}\n`,
  "schema/config.schema.json": async () => `${JSON.stringify(await configSchema(), null, 2)}\n`,
  "src/catalog/migrations.gen.ts": async () => migrationsModule(await withSchemas(await readMigrations())),
};

/** What each file is made by that git ignores: they hold code of others, or what esbuild makes of ours. */
const FROM_PACKAGES = {
  "src/catalog/ingest/file-type.gen.ts": () => bundleFileType(root),
  "src/adapters/sql/wasm/sql-wasm.gen.ts": sqlWasmModule,
  "src/hosts/digest/digest-worker.gen.ts": digestWorkerModule,
};

/** The files that are not what they should be, with their content. */
async function findStale(makers) {
  const made = await Promise.all(Object.entries(makers).map(async ([path, make]) => [path, await make()]));
  const isStale = await Promise.all(made.map(async ([path, content]) => (await readIfThere(path)) !== content));
  return made.filter((_, index) => isStale[index]);
}

async function readIfThere(path) {
  return readFile(join(root, path), "utf8").catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

async function check() {
  const stale = await findStale(FROM_OURS);
  for (const [path] of stale) console.error(`${path} is out of step with its source: run "npm run generate"`);
  process.exitCode = stale.length === 0 ? 0 : 1;
}

async function generate(makers) {
  for (const [path, content] of await findStale(makers)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
    console.log(`wrote ${path}`);
  }
}

if (process.argv.includes("--check")) await check();
else if (process.argv.includes("--from-packages")) await generate(FROM_PACKAGES);
else await generate({ ...FROM_OURS, ...FROM_PACKAGES });
