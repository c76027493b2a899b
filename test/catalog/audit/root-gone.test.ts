import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditFinding } from "../../../src/catalog/audit/audit-finding.ts";
import type { AuditOptions, AuditSummary } from "../../../src/catalog/audit/audit-options.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { CollectWorld, pathOf, ROOT } from "../collect/_collect-world.ts";
import { edit } from "./_audit-world.ts";

/** A root whose device is not mounted: not a row's file is missing. */

let world: CollectWorld;
let catalog: Catalog;

beforeEach(async () => {
  world = new CollectWorld();
  catalog = await world.open();
});

afterEach(() => world.close());

interface Told {
  readonly lines: readonly string[];
  readonly summary: AuditSummary | undefined;
  readonly error: unknown;
}

async function audited(options: AuditOptions = {}): Promise<Told> {
  const findings: AuditFinding[] = [];
  let summary: AuditSummary | undefined;
  let error: unknown;
  const onSummary = (told: AuditSummary): void => {
    summary = told;
  };
  try {
    for await (const finding of catalog.audit({ ...options, onSummary })) findings.push(finding);
  } catch (thrown) {
    error = thrown;
  }
  return { lines: findings.map(({ kind, reason }) => `${kind} ${reason}`), summary, error };
}

describe("a root that is gone", () => {
  it.each([
    ["is not there", "it is not there", async () => undefined],
    ["is an empty folder", "there is nothing in it, and no marker", () => world.fs.makeDirectory(ROOT)],
    ["is a file", "it is no folder", () => world.write(ROOT, "a file")],
  ])("ends the audit where it %s, after what the rows say", async (_what, problem, leave) => {
    await world.ingest(catalog, "one");
    await world.ingest(catalog, "two");
    await catalog.close();
    await edit(world, "UPDATE documents SET updated_at = 'yesterday' WHERE id = 2");
    catalog = await world.open();
    await world.fs.rename(ROOT, "/data/moved");
    await leave();
    const { lines, summary, error } = await audited();
    expect(lines.filter((line) => !line.startsWith("marker"))).toEqual(["bad_row time"]);
    expect(summary).toBeUndefined();
    expect(error).toMatchObject({
      code: "BACKEND",
      message: `Cannot audit what is stored in "${ROOT}": ${problem}`,
      hint: expect.stringContaining("Mount its device, or name another root with --root"),
    });
  });

  it("is noticed when it goes in the middle", async () => {
    const record = await world.ingest(catalog, "one");
    await world.ingest(catalog, "two");
    await world.fs.unlink(pathOf(record));
    const moves: Promise<unknown>[] = [];
    const onProgress: AuditOptions["onProgress"] = ({ phase }) => {
      if (phase === "files" && moves.length === 0) moves.push(world.fs.rename(ROOT, "/data/moved"));
    };
    const { lines, error } = await audited({ onProgress });
    expect(lines).toEqual([]);
    expect(error).toMatchObject({ code: "BACKEND", message: expect.stringContaining("it is not there") });
  });

  it("is nothing to who has no rows there", async () => {
    await world.write("/elsewhere/a.txt", "a");
    const key = { artifactId: "o", sourceUrl: "https://example.org/o", resolver: "test" };
    await catalog.registerOrGet({ ...key, bytes: 1, storageUri: "file:///elsewhere/a.txt" });
    const { lines, summary, error } = await audited();
    expect([lines, summary?.findings, error]).toEqual([[], 0, undefined]);
  });
});
