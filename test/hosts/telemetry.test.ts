import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { createNodeFileSystem } from "../../src/adapters/fs/node.ts";
import { openCatalog } from "../../src/hosts/node.ts";
import { testTelemetry } from "../runtimes/telemetry-cases.ts";

testTelemetry({ describe, it }, "node", {
  fs: createNodeFileSystem(),
  openCatalog,
  makePlace: async () => {
    const directory = await mkdtemp(join(tmpdir(), "content-catalog-telemetry-"));
    return { directory, dispose: () => rm(directory, { recursive: true }) };
  },
});
