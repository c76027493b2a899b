import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { describeWith } from "../components.ts";
import { ROOT } from "../package/built-package.ts";
import { runConsolePage } from "./console-page.ts";
import { makeProgramFolder } from "./program-folder.ts";

const above = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-page-")));

afterAll(() => rmSync(above, { recursive: true, force: true }));

describeWith("sh", "docs/retention.md", () => {
  it("shows what its commands print (npx vitest run test/acceptance/retention.test.ts -u rewrites it)", async () => {
    const path = join(ROOT, "docs", "retention.md");
    const folder = join(above, "home");
    mkdirSync(folder);
    // What the page types beside catalog is on every machine, and where the standard has it.
    const folders = [makeProgramFolder(above), process.env["PATH"], "/usr/bin", "/bin"];
    const env = { HOME: above, PATH: folders.join(delimiter) };
    await expect(runConsolePage(readFileSync(path, "utf8"), { folder, env })).toMatchFileSnapshot(path);
  });
});
