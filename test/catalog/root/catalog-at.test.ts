import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { lookAtCatalog } from "../../../src/catalog/root/catalog-at.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";

const ID = "a".repeat(32);

/** An engine that gives an id, or fails. */
function engine(id: string | Error | undefined): SqlEngine {
  const sql: Partial<SqlEngine> = {
    query: async () => {
      if (id instanceof Error) throw id;
      return id === undefined ? [] : [[id]];
    },
    close: async () => {},
  };
  return sql as SqlEngine;
}

async function look(
  openOther: ((path: string) => Promise<SqlEngine>) | undefined,
  path = "/c.sqlite",
): ReturnType<typeof lookAtCatalog> {
  const fs = createMemoryFileSystem();
  await (await fs.open("/c.sqlite", "create")).close();
  return lookAtCatalog({ fs, openOther }, path, ID);
}

describe("what lies where a marker says that its catalog is", () => {
  it("is told by the id that is in it", async () => {
    expect(await look(async () => engine(ID))).toEqual({ what: "same" });
    expect(await look(async () => engine("b".repeat(32)))).toEqual({ what: "other" });
    expect(await look(async () => engine(undefined))).toEqual({ what: "other" });
    expect(await look(async () => engine(ID), "/nowhere.sqlite")).toEqual({ what: "gone" });
  });

  it("cannot be told of what is no path here, cannot be opened, or cannot be asked", async () => {
    const unknown = async (...given: Parameters<typeof look>): Promise<unknown> => {
      const there = await look(...given);
      return "reason" in there ? there.reason : there;
    };
    expect(await unknown(async () => engine(ID), "postgres://host/db")).toBe("it is no path of this machine");
    expect(await unknown(undefined)).toBe("it cannot be opened from here");
    expect(await unknown(() => Promise.reject(new Error("locked")))).toBe("locked");
    expect(await unknown(() => Promise.reject("locked"))).toBe("locked");
    expect(await unknown(async () => engine(new Error("damaged")))).toBe("damaged");
  });
});
