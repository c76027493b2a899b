import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openCatalog } from "../../../src/hosts/node.ts";
import { describeWith } from "../../components.ts";
import { ROOT } from "../../package/built-package.ts";
import { type Chromium, type ServedFile, startChromium } from "./chromium.ts";
import { servedDist } from "./page-scripts.ts";

const example = (name: string, type: string): ServedFile => ({
  type,
  body: readFileSync(join(ROOT, "examples/browser", name)),
});

describeWith("chromium", "Host browser: the example", ({ program }) => {
  let browser: Chromium;
  let folder = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "content-catalog-example-"));
    const dist = [...servedDist()].map(([path, file]) => [path.replace("/dist/", "/content-catalog/"), file] as const);
    browser = await startChromium(
      program,
      new Map([
        ...dist,
        ["/", example("index.html", "text/html")],
        ["/app.mjs", example("app.mjs", "text/javascript")],
      ]),
    );
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  it("opens a catalog that is dropped, and searches it", async () => {
    const path = join(folder, "catalog.sqlite");
    const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: folder } });
    await catalog.registerMany(
      ["climate", "weather"].map((name) => ({
        ...{ artifactId: `doi:10.1/${name}`, sourceUrl: `https://example.org/${name}`, resolver: "unpaywall" },
        ...{ bytes: 7, storageUri: `s3://papers/${name}` },
      })),
    );
    await catalog.close();
    const page = await browser.open("/");
    await page.evaluate((base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], "catalog.sqlite"));
      document.querySelector("#drop")?.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
    }, readFileSync(path).toString("base64"));
    await page.getByText("catalog.sqlite: 2 documents").waitFor();
    await page.locator("#records li").nth(1).waitFor();
    await page.locator("#text").fill("climate");
    await page.locator("#records li").nth(1).waitFor({ state: "detached" });
    expect(await page.locator("#records").textContent()).toBe("doi:10.1/climate: 7 bytes at s3://papers/climate");
  });

  it("says what is wrong with a file that is no catalog", async () => {
    const page = await browser.open("/");
    await page.setInputFiles("#file", { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no catalog") });
    await page.getByText(/^Cannot open/).waitFor();
    expect(await page.locator("#records").textContent()).toBe("");
  });
});
