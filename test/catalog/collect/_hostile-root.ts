import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CollectOptions } from "../../../src/catalog/collect/collect-options.ts";
import type { Plan, PlanFinding } from "../../../src/catalog/plan/plan.ts";
import type { PlanAction } from "../../../src/core/plan/plan-action.ts";
import type { SqlStatement } from "../../../src/ports/sql.ts";
import { SharedRoot } from "../root/_shared-root.ts";

/** What a collection did. */
export interface Collected {
  /** Names below the folder of what is gone, and of what is there since. */
  readonly changed: readonly string[];
  readonly done: readonly PlanAction[];
  readonly findings: readonly PlanFinding[];
}

/** Long ago: no mark is too young, and nothing in a file tells when it was made. */
const BEFORE = "2020-01-01T00:00:00.000Z";

/** A root in which not everything is what it seems, with a catalog "a.sqlite" that has one row, and things around it. */
export class HostileRoot extends SharedRoot {
  /** Writes a file below the folder, with those above it, and gives its path. */
  write(name: string, content: string = name): string {
    const path = this.pathOf(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    utimesSync(path, 1_600_000_000, 1_600_000_000);
    return path;
  }

  /** Runs statements that no verb would run in "a.sqlite". */
  async tamper(...statements: readonly SqlStatement[]): Promise<void> {
    const sql = await this.engine(this.pathOf("a.sqlite"));
    await sql.batch(statements);
    await sql.close();
  }

  /** Has the catalog say that it put bytes somewhere, and that nothing refers to them since long ago. */
  claim(uri: string, content: string): Promise<void> {
    const sha256 = createHash("sha256").update(content).digest("hex");
    return this.tamper(
      { sql: "INSERT INTO placed (uri, sha256_start) VALUES (?, ?)", parameters: [uri, sha256.slice(0, 16)] },
      {
        sql: "INSERT INTO removals (uri, sha256, bytes, removed_at, verb, origin) VALUES (?, ?, ?, ?, 'remove', 'placed')",
        parameters: [uri, sha256, content.length, BEFORE],
      },
    );
  }

  /** Has the catalog say that a file was left by a lease. */
  async claimFile(uri: string, name: string): Promise<void> {
    const stat = await this.fs.lstat(this.pathOf(name));
    await this.tamper({
      sql: `INSERT INTO removals (uri, bytes, removed_at, verb, origin, identity) VALUES (?, ?, ?, 'abandon', 'placed', ?)`,
      parameters: [uri, stat?.sizeBytes ?? 0, BEFORE, stat?.identity ?? ""],
    });
  }

  /** Plans with no patience, and does it; what is done between the two is `meanwhile`. */
  async collect(
    options: CollectOptions & { readonly meanwhile?: () => void; readonly change?: (plan: Plan) => Plan } = {},
  ): Promise<Collected> {
    const { meanwhile, change = (plan) => plan, ...rest } = options;
    const done: PlanAction[] = [];
    const findings: PlanFinding[] = [];
    let before = this.look();
    await this.within("a.sqlite", async (catalog) => {
      const plan = change(await catalog.planCollect({ orphanTtlDays: 0, ...rest }));
      meanwhile?.();
      before = this.look();
      await catalog.apply(plan, {
        force: true,
        onApplied: (action) => done.push(action),
        onFinding: (finding) => findings.push(finding),
      });
    });
    const after = this.look();
    const names = new Set([...before.keys(), ...after.keys()]);
    const changed = [...names].filter((name) => before.get(name) !== after.get(name)).sort();
    return { changed, done, findings };
  }

  /** All that is below the folder, but for the catalogs themselves and what the root keeps for them. */
  look(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    const visit = (folder: string): void => {
      for (const name of readdirSync(this.pathOf(folder), { encoding: "buffer" })) {
        const below = join(folder, name.toString("latin1"));
        if (/^[^/]*\.sqlite(\.|$)/.test(below) || /^docs\/\.(content-catalog|staging)$/.test(below)) continue;
        const path = Buffer.concat([Buffer.from(`${this.pathOf(folder)}/`), name]);
        const stat = lstatSync(path);
        if (stat.isDirectory()) {
          found.set(`${below}/`, "folder");
          if (Buffer.from(name.toString()).equals(name)) visit(join(folder, name.toString()));
        } else if (stat.isSymbolicLink()) found.set(below, `link to ${readlinkSync(path)}`);
        else
          found.set(
            below,
            stat.isFile() ? `file ${stat.ino} ${stat.mtimeMs} ${readFileSync(path, "latin1")}` : "special",
          );
      }
    };
    visit(".");
    return found;
  }
}
