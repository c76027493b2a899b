import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProject, emptyWork, RUNTIMES, runProgram, runScript, runtimeOf } from "./installed-project.ts";

let project = "";

beforeAll(() => {
  project = createProject();
  writeFileSync(join(emptyWork(project), "file"), "hello");
  writeFileSync(join(project, "digests.mjs"), program());
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** What `verify` does with the pool of the package, which is no entry of it. It does not close it. */
function program(): string {
  const chunks = join(project, "node_modules", "content-catalog", "dist", "chunks");
  const chunk = readdirSync(chunks).find((name) => name.startsWith("open-digests"));
  return `
    import { openDigests } from "./node_modules/content-catalog/dist/chunks/${chunk}";
    const filesOf = "Deno" in globalThis ? "deno" : "node";
    const pool = await openDigests({ jobs: 2, filesOf });
    const path = ${JSON.stringify(join(project, "work", "file"))};
    const [digest] = await pool.digest([{ path, followSymlinks: false, sizeBytes: 5 }]);
    const [missing] = await pool.digest([{ path: path + "/below", followSymlinks: false, sizeBytes: 5 }]);
    console.log(pool.how, pool.size, digest.sha256, missing.kind);`;
}

const HELLO = "workers 2 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 gone\n";

describe("Workers of the package", () => {
  it.each(RUNTIMES)("read files under $name, which ends though they were not told to", async (runtime) => {
    const ran = await runScript(runtime, project, [join(project, "digests.mjs")]);
    expect(ran).toEqual({ stdout: HELLO, stderr: "", exitCode: 0 });
  });

  it.each(["esbuild", "bun build --compile"])(
    "start in a program that is one file, made by %s, with the package gone",
    async (name) => {
      const folder = mkdtempSync(join(tmpdir(), "content-catalog-one-file-"));
      const entry = join(project, "digests.mjs");
      try {
        const outfile = join(folder, name === "esbuild" ? "program.mjs" : "program");
        if (name === "esbuild") {
          await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", outfile });
        } else {
          const built = [...runtimeOf("bun").command(project), "build", "--compile", entry, "--outfile", outfile];
          expect(await runProgram(built, project)).toMatchObject({ exitCode: 0 });
        }
        const run = name === "esbuild" ? [process.execPath, outfile] : [outfile];
        expect(await runProgram(run, folder)).toEqual({ stdout: HELLO, stderr: "", exitCode: 0 });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});
