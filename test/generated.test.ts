import { execFile } from "node:child_process";
import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import initSqlJs from "sql.js";
import { afterEach, describe, expect, it } from "vitest";
import { MIGRATIONS } from "../src/catalog/migrations.gen.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Everything that a template literal would read as its own. */
const ODD_SQL = `CREATE TABLE extra (a TEXT DEFAULT '\`$\{x}\\');\n`;
const MIGRATIONS_MODULE = "src/catalog/migrations.gen.ts";
/** What packages make, and so is no part of the repository. */
const PACKAGE_MODULES = [
  "src/catalog/ingest/file-type.gen.ts",
  "src/adapters/sql/wasm/sql-wasm.gen.ts",
  "src/hosts/digest/digest-worker.gen.ts",
];
const folders: string[] = [];
const sqljs = await initSqlJs();

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function generate(root: string, ...flags: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, "scripts/generate.mjs"), ...flags], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** What the generator reads, and of what it writes that which git keeps, in a folder of its own. */
async function copyRepository(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "generated-"));
  folders.push(folder);
  for (const part of ["README.md", "docs", "schema", "scripts", "src"]) {
    await cp(join(ROOT, part), join(folder, part), { recursive: true });
  }
  for (const module of PACKAGE_MODULES) await rm(join(folder, module));
  await writeFile(join(folder, "package.json"), '{"type": "module"}');
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

function wrote(path: string): string {
  return `wrote ${path}\n`;
}

describe("what is generated", () => {
  it("is in step with its source", async () => {
    expect(await generate(ROOT, "--check")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("is made of packages where it is missing or of another version, and nothing else is then", async () => {
    const folder = await copyRepository();
    await rm(join(folder, "schema/config.schema.json"));
    expect((await generate(folder, "--from-packages")).stdout).toBe(PACKAGE_MODULES.map(wrote).join(""));
    expect((await generate(folder, "--from-packages")).stdout).toBe("");
    await appendFile(join(folder, PACKAGE_MODULES[0] ?? ""), "// of another version\n");
    expect((await generate(folder, "--from-packages")).stdout).toBe(wrote(PACKAGE_MODULES[0] ?? ""));
  });

  it("is named when it is out of step, and is left alone by --check", async () => {
    const folder = await copyRepository();
    await appendFile(join(folder, "schema/0001_documents.sql"), ODD_SQL);
    await rm(join(folder, "schema/config.schema.json"));
    const checked = await generate(folder, "--check");
    expect(checked.code).toBe(1);
    expect(checked.stderr).toContain("schema/config.schema.json is out of step");
    expect(checked.stderr).toContain(`${MIGRATIONS_MODULE} is out of step`);

    const stale = ["schema/config.schema.json", MIGRATIONS_MODULE, ...PACKAGE_MODULES];
    expect((await generate(folder)).stdout).toBe(stale.map(wrote).join(""));
    expect((await generate(folder, "--check")).code).toBe(0);
    const { MIGRATIONS: written } = await import(join(folder, MIGRATIONS_MODULE));
    expect(written[0].sql).toContain(ODD_SQL);
    expect(await readFile(join(folder, "schema/config.schema.json"), "utf8")).toBe(
      await readFile(join(ROOT, "schema/config.schema.json"), "utf8"),
    );
  });

  it.each(["0099_gap.sql", "first.sql", "0001_again.sql"])("refuses a migration named %s", async (name) => {
    const folder = await copyRepository();
    await writeFile(join(folder, "schema", name), "SELECT 1;\n");
    const refused = await generate(folder);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/Cannot use migration schema\/.*: expected the next one to be 000\d_<name>\.sql/);
  });

  it("makes the folders it writes to", async () => {
    const folder = await copyRepository();
    await rm(join(folder, "src/adapters/sql"), { recursive: true });
    expect((await generate(folder)).stdout).toBe(PACKAGE_MODULES.map(wrote).join(""));
  });
});

describe("the bundle of file-type", () => {
  it("reads nothing of its surroundings, and keeps the licence of every part", async () => {
    const text = await readFile(join(ROOT, "src/catalog/ingest/file-type.gen.ts"), "utf8");
    expect(text).not.toMatch(/\bprocess\.|\brequire\(|^import |\bimport\(|localStorage|\bDeno\b/m);
    const parts = [...text.matchAll(/^\/\/ ((?:@[^/\s]+\/)?[^/\s]+)\/\S+\.js$/gm)].map(([, name]) => name);
    const licences = [...text.matchAll(/^\/\*!\n(\S+) [\d.]+ \((?:MIT|BSD-3-Clause)\)\n\n[\s\S]*?\n\*\/$/gm)];
    expect(licences.map(([, name]) => name)).toEqual([...new Set(parts)].sort());
    for (const [licence] of licences) expect(licence).toMatch(/Copyright[\s\S]*(Permission is hereby|Redistribution)/);
  });
});

describe("the module of the WebAssembly of sql.js", () => {
  it("keeps its licence", async () => {
    const text = await readFile(join(ROOT, "src/adapters/sql/wasm/sql-wasm.gen.ts"), "utf8");
    const licence = await readFile(join(ROOT, "node_modules/sql.js/LICENSE"), "utf8");
    expect(text).toContain(`(MIT)\n\n${licence.trim()}\n*/`);
  });
});

describe("the migrations", () => {
  it("are numbered from 1 without gaps and begin with a statement", () => {
    expect(MIGRATIONS.map((migration) => migration.version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
    for (const migration of MIGRATIONS) expect(migration.sql).toMatch(/^[A-Z]/);
    expect(MIGRATIONS[0]).toMatchObject({
      name: "documents",
      sql: expect.stringContaining("CREATE TABLE documents ("),
    });
  });

  it("each say what they and those before them make", () => {
    const db = new sqljs.Database();
    for (const { sql, sqliteSchema } of MIGRATIONS) {
      db.run(sql);
      const [made] = db.exec("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid");
      expect(sqliteSchema).toEqual(made?.values);
    }
    db.close();
  });
});
