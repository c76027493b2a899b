import initSqlJs from "sql.js";
import { describe, expect, it } from "vitest";
import { createSqlJsReplicas } from "../../../../../src/adapters/sql/oplog/replica/catalog-replicas.ts";
import { createRandomChooser } from "../../../../../src/testing/simulation/chooser.ts";
import { findViolation } from "./explore.ts";

const sqljs = await initSqlJs();
const MIGRATIONS = [
  { version: 1, name: "lines", sql: "CREATE TABLE lines (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT UNIQUE)" },
];
const ROUNDS = Number(process.env["SIMULATE_ROUNDS"] ?? 50);
const SEED = Number(process.env["SIMULATE_SEED"] ?? 1);

describe("the engine, simulated", () => {
  it.each([
    ["correct", false],
    ["correct", true],
    ["stolen", false],
    ["stolen", true],
    ["none", false],
    ["none", true],
  ] as const)(
    "keeps every promise with a lock that is %s (faults: %s)",
    async (lockMode, faults) => {
      const seen = { contents: new Set<string>(), examined: new Set<string>() };
      const survivors = seen.contents;
      const found = await findViolation({
        lockMode,
        faults,
        rounds: ROUNDS,
        seed: SEED,
        seen,
      });
      process.stdout.write(`lock ${lockMode}, faults ${faults}: ${survivors.size} distinct surviving disks\n`);
      expect(found && `${found.message}\nseed ${found.seed}, trace [${found.trace.join(", ")}]`).toBeUndefined();
      expect(survivors.size).toBeGreaterThan(ROUNDS / 4);
    },
    3_600_000,
  );

  it("does so with real databases, which stay whole", async () => {
    const recovered = { count: 0 };
    const replicas = createSqlJsReplicas({ sqljs, path: "/catalog.sqlite", applicationId: 7, migrations: MIGRATIONS });
    for (const lockMode of ["correct", "stolen", "none"] as const) {
      const found = await findViolation({
        lockMode,
        faults: true,
        replicas,
        rounds: Math.ceil(ROUNDS / 10),
        seed: SEED,
        onRecovered: (disk) => {
          recovered.count += 1;
          expect(disk.names()).toEqual(["catalog.sqlite"]);
          const db = new sqljs.Database(disk.contentOf("catalog.sqlite"));
          expect(db.exec("PRAGMA integrity_check")[0]?.values).toEqual([["ok"]]);
          db.close();
        },
      });
      expect(found && `${found.message}\nseed ${found.seed}`).toBeUndefined();
    }
    expect(recovered.count).toBeGreaterThan(ROUNDS / 10);
  }, 3_600_000);

  it("decides the same for the same seed", () => {
    const [one, other] = [createRandomChooser(7), createRandomChooser(7)];
    expect([1, 2, 3].map(() => one.choose(100))).toEqual([1, 2, 3].map(() => other.choose(100)));
  });
});
