import type { Catalog } from "../../src/catalog/catalog.ts";
import { resolveSettings, type Settings, settingsFromOptions } from "../../src/core/settings.ts";
import type { FileSystem } from "../../src/ports/file-system.ts";
import { assertEquals } from "../../src/testing/assert.ts";
import type { SuiteRunner } from "../../src/testing/suite-runner.ts";

/** A host that has a working directory. */
export interface HostWithDefaults {
  readonly fs: FileSystem;
  openCatalog(): Promise<Catalog>;
  openSettings(settings: Settings, mode: "read"): Promise<Catalog>;
  makeFolder(): Promise<string>;
  removeFolder(path: string): Promise<void>;
  cwd(): string;
  chdir(path: string): void;
}

/** Checks a host that is told nothing. */
export function testDefaults(runner: SuiteRunner, name: string, host: HostWithDefaults): void {
  runner.describe(`Host ${name}`, () => {
    runner.it("keeps catalog and files below the working directory when it is told nothing", async () => {
      const before = host.cwd();
      const folder = await host.makeFolder();
      host.chdir(folder);
      try {
        const catalog = await host.openCatalog();
        const meta = { artifactId: "doi:10.1/x", sourceUrl: "https://example.org/x.txt", resolver: "unpaywall" };
        const { record } = await catalog.ingest(new Response("hello"), meta);
        await catalog.close();
        const real = await host.fs.realPath(folder);
        assertEquals(record.storageUri.startsWith(`file://${real}/data/docs/`), true, record.storageUri);
        assertEquals((await host.fs.stat(`${folder}/state/catalog.sqlite`))?.kind, "file");
        const reader = await host.openSettings(resolveSettings(settingsFromOptions({}), folder), "read");
        assertEquals((await reader.getById(record.id))?.artifactId, "doi:10.1/x");
        await reader.close();
      } finally {
        host.chdir(before);
        await host.removeFolder(folder);
      }
    });
  });
}
