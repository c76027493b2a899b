import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../src/adapters/fs/memory.ts";
import { createWasmHasher } from "../../src/adapters/hash/wasm.ts";
import { noTelemetry } from "../../src/adapters/telemetry/none.ts";
import { openCatalog } from "../../src/catalog/open.ts";
import { noProcesses } from "../../src/hosts/engine/no-processes.ts";

const META = { artifactId: "a", sourceUrl: "u", resolver: "r" };

describe("a catalog without a store and without a database", () => {
  it("refuses what it cannot do, and closes", async () => {
    const catalog = await openCatalog({
      fs: createMemoryFileSystem(),
      hashers: { core: createWasmHasher() },
      clock: systemClock,
      entropy: webCryptoEntropy,
      processes: noProcesses,
      logger: { log: () => {} },
      telemetry: noTelemetry,
    });
    await expect(catalog.ingest(new Uint8Array(1), META)).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await expect(catalog.finalize("/x", META)).rejects.toThrow("without a store");
    await expect(catalog.getById(1)).rejects.toThrow("disabled");
    await catalog.close();
  });
});
