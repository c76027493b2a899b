import initSqlJs from "sql.js";
import { describe, expect, it } from "vitest";
import { createSqlJsReplicas } from "../../../../../src/adapters/sql/oplog/replica/catalog-replicas.ts";
import { describeFound, findViolation, replay } from "./explore.ts";

const sqljs = await initSqlJs();
const MIGRATIONS = [
  { version: 1, name: "lines", sql: "CREATE TABLE lines (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT UNIQUE)" },
];
const SEED = 1;

describe("the engine, simulated", () => {
  it("keeps every promise with real databases, which stay whole", async () => {
    const recovered = { count: 0 };
    const replicas = createSqlJsReplicas({ sqljs, path: "/catalog.sqlite", applicationId: 7, migrations: MIGRATIONS });
    for (const lockMode of ["correct", "stolen", "none"] as const) {
      const found = await findViolation({
        ...{ lockMode, faults: true, hardlink: true, mixed: false, replicas: () => replicas, rounds: 2, seed: SEED },
        examineEvery: 100,
        shrinkRuns: 0,
        onRecovered: (disk) => {
          recovered.count += 1;
          expect(disk.names()).toEqual(["catalog.sqlite"]);
          const db = new sqljs.Database(disk.contentOf("catalog.sqlite"));
          expect(db.exec("PRAGMA integrity_check")[0]?.values).toEqual([["ok"]]);
          db.close();
        },
      });
      expect(found && describeFound(found)).toBeUndefined();
    }
    expect(recovered.count).toBeGreaterThan(3);
  }, 600_000);
});

describe("a violation", () => {
  it("comes with a short schedule that shows it again, step by step", async () => {
    const rules = { syncBeforeAck: false };
    const found = await findViolation({
      lockMode: "correct",
      faults: false,
      hardlink: true,
      mixed: false,
      rules,
      rounds: 20,
      seed: 1,
      shrinkRuns: 60,
    });
    expect(found?.message).toMatch(/^recovery (misses|saw)/);
    expect(found?.schedule).toMatch(/^correct,-syncBeforeAck:[\dx.]*$/);
    expect((found?.schedule ?? "").split(".").length).toBeLessThan(400);
    const { steps, message } = await replay(found?.schedule ?? "");
    expect(message).toBe(found?.message);
    expect(steps.some((step) => /^writer-\d+: write \/catalog\.sqlite\.oplog$/.test(step))).toBe(true);
  }, 600_000);

  it("needs a schedule that can be read", async () => {
    await expect(replay("sometimes:1.2")).rejects.toThrow(SyntaxError);
  });
});
