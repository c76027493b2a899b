import { expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { openForTest, registrationOf } from "../_open-for-test.ts";

it("leaves one file with everything in it, and nothing to do the second time", async () => {
  const fs = createMemoryFileSystem();
  const catalog = await openForTest({ fs });
  await catalog.registerOrGet(registrationOf(1));
  expect(await catalog.checkpoint()).toMatchObject({ batches: 2 });
  expect(await catalog.checkpoint()).toMatchObject({ batches: 0 });
  await catalog.close();
  await expect(catalog.checkpoint()).rejects.toMatchObject({ code: "CLOSED" });
});
