import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../src/adapters/fs/memory.ts";
import { openForTest, registrationOf } from "./_open-for-test.ts";

describe("openCatalog", () => {
  it("gives a catalog an id that stays, and opens what it closed", async () => {
    const fs = createMemoryFileSystem();
    const first = await openForTest({ fs });
    const { record } = await first.registerOrGet(registrationOf(1));
    await first.close();
    const second = await openForTest({ fs, mode: "write" });
    expect(await second.getById(record.id)).toEqual(record);
    await second.close();
  });

  it("reads without writing", async () => {
    const fs = createMemoryFileSystem();
    await (await openForTest({ fs })).close();
    const reader = await openForTest({ fs, mode: "read" });
    await expect(reader.registerOrGet(registrationOf(1))).rejects.toMatchObject({ code: "READ_ONLY" });
    expect((await reader.stats()).documents).toBe(0);
    await reader.close();
  });

  it("closes once, refuses calls afterwards, and is disposable", async () => {
    const catalog = await openForTest();
    await Promise.all([catalog.close(), catalog.close()]);
    await catalog[Symbol.asyncDispose]();
    await expect(catalog.stats()).rejects.toMatchObject({ code: "CLOSED" });
    await expect(catalog.registerOrGet(registrationOf(1))).rejects.toMatchObject({ code: "CLOSED" });
  });
});
