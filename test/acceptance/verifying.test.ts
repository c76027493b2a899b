import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, it } from "vitest";
import { describeWith } from "../components.ts";
import { ROOT } from "../package/built-package.ts";
import { runConsolePage } from "./console-page.ts";
import { makeProgramFolder } from "./program-folder.ts";

const above = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-page-")));

afterAll(() => rmSync(above, { recursive: true, force: true }));

/** Serves a folder, in a process of its own: the page is run by calls that return at their end. Gives its address. */
async function serve(folder: string): Promise<{ readonly address: string; readonly end: () => void }> {
  const server = spawn(process.execPath, [join(import.meta.dirname, "serve-folder.mjs"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(server.stdout), "line")) as [string];
  return { address: line, end: () => void server.kill() };
}

describeWith("sh", "docs/verifying.md", () => {
  it("shows what its commands print (npx vitest run test/acceptance/verifying.test.ts -u rewrites it)", async () => {
    const path = join(ROOT, "docs", "verifying.md");
    const folder = join(above, "home");
    mkdirSync(folder);
    const { address, end } = await serve(join(folder, "site"));
    try {
      const folders = [makeProgramFolder(above), process.env["PATH"], "/usr/bin", "/bin"];
      const env = { HOME: above, PATH: folders.join(delimiter) };
      const actual = new Map([["127.0.0.1:8080", address]]);
      await expect(runConsolePage(readFileSync(path, "utf8"), { folder, env, actual })).toMatchFileSnapshot(path);
    } finally {
      end();
    }
  });
});
