import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { createNodeProcessTable } from "../../../src/adapters/process/node.ts";
import { formatPlan } from "../../../src/catalog/plan/format-plan.ts";
import type { Plan } from "../../../src/catalog/plan/plan.ts";
import type { PlanAction } from "../../../src/core/plan/plan-action.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { formatTimestamp } from "../../../src/core/timestamp.ts";
import { type Collected, HostileRoot } from "./_hostile-root.ts";

/*
 * Plans that somebody wrote who knows the format: they name what is there, with the right size, time and identity, and
 * have the right seal. What no collection would do they do not do either.
 */

let root: HostileRoot;

beforeEach(async () => {
  root = new HostileRoot();
  await root.within("a.sqlite", root.ingest);
});

afterEach(() => root.remove());

/** A line about what is there now. */
async function actionOn(name: string, change: Partial<PlanAction> = {}): Promise<PlanAction> {
  const stat = await root.fs.stat(root.pathOf(name));
  return {
    action: "delete",
    uri: `file://${root.folder}/${encodeURI(name)}` as StorageUri,
    bytes: stat?.sizeBytes ?? 0,
    since: null,
    ripeAt: null,
    reason: "unreferenced",
    modifiedMs: stat?.modifiedMs ?? 0,
    identity: stat?.identity ?? "0:0",
    ...change,
  };
}

/** Has a plan with these lines read from a file, and applied. */
async function apply(...actions: readonly PlanAction[]): Promise<Collected> {
  const before = root.look();
  const done: PlanAction[] = [];
  const findings: Collected["findings"][number][] = [];
  await root.within("a.sqlite", async (catalog) => {
    const { head } = await catalog.planCollect({ dryRun: true });
    const forged: Plan = {
      head,
      size: actions.length,
      bytes: 0,
      actions: async function* forgedActions() {
        yield* actions;
      },
    };
    const plan = await catalog.readPlan(() => formatPlan(forged, createWasmHasher()));
    await catalog.apply(plan, {
      force: true,
      onApplied: (action) => done.push(action),
      onFinding: (finding) => findings.push(finding),
    });
  });
  const after = root.look();
  const names = new Set([...before.keys(), ...after.keys()]);
  return { changed: [...names].filter((name) => before.get(name) !== after.get(name)), done, findings };
}

async function expectLeft(kind: string, ...actions: readonly PlanAction[]): Promise<void> {
  const { changed, done, findings } = await apply(...actions);
  expect([changed, done]).toEqual([[], []]);
  expect(findings.map((finding) => finding.kind)).toEqual(actions.map(() => kind));
}

const ROW = "docs/r/a1/1";

describe("a plan that was made up", () => {
  it("does what a collection would do", async () => {
    root.write("docs/r/mine.txt", "mine");
    await root.claim(`file://${root.root}/r/mine.txt`, "mine");
    const { changed, done } = await apply(await actionOn("docs/r/mine.txt"));
    expect(changed).toContain("docs/r/mine.txt");
    expect(done).toHaveLength(1);
  });

  it("takes nothing that a row names, whatever it is called", async () => {
    const file = [...root.look().keys()].find((name) => name.startsWith("docs/r/a1/") && !name.endsWith("/")) ?? ROW;
    for (const change of [
      {},
      { action: "trash" },
      { action: "trash", reason: "unknown" },
      { reason: "abandoned" },
    ] as const) {
      await expectLeft("referenced", await actionOn(file, change));
    }
  });

  it("takes nothing of others as if it was ours", async () => {
    root.write("docs/r/notes.txt", "mine");
    await expectLeft(
      "not_ours",
      await actionOn("docs/r/notes.txt"),
      await actionOn("docs/r/notes.txt", { action: "trash" }),
    );
    const change = { action: "trash", reason: "abandoned" } as const;
    await expectLeft("not_ours", await actionOn("docs/r/notes.txt", change));
  });

  it("takes no file of a catalog, no configuration and nothing that is claimed in a dot folder as unknown", async () => {
    await root.within("docs/b.sqlite", async () => {});
    root.write("docs/catalog.config.yaml");
    const change = { action: "trash", reason: "unknown" } as const;
    for (const name of ["docs/b.sqlite", "docs/catalog.config.yaml"]) {
      await expectLeft("not_ours", await actionOn(name, change));
    }
  });

  it("takes nothing behind a symlink", async () => {
    const sha256 = createHash("sha256").update("blob").digest("hex");
    const cas = `sha256/${sha256.slice(0, 2)}/${sha256.slice(2)}`;
    root.write(`outside/${cas}`, "blob");
    root.write("outside/mine.txt", "mine");
    symlinkSync(root.pathOf("outside"), root.pathOf("docs/cas"));
    symlinkSync(root.pathOf("outside"), root.pathOf("docs/way"));
    symlinkSync(root.pathOf("outside/mine.txt"), root.pathOf("docs/mine.txt"));
    for (const name of ["way/mine.txt", "mine.txt"]) await root.claim(`file://${root.root}/${name}`, "mine");
    const unknown = { action: "trash", reason: "unknown" } as const;
    for (const name of [`docs/cas/${cas}`, "docs/way/mine.txt", "docs/mine.txt"]) {
      await expectLeft("failed", await actionOn(name), await actionOn(name, unknown));
    }
  });

  it("takes no folder but an empty one, and follows no symlink to one", async () => {
    root.write("docs/full/x");
    mkdirSync(root.pathOf("outside/empty"), { recursive: true });
    mkdirSync(root.pathOf("docs/empty"));
    symlinkSync(root.pathOf("outside/empty"), root.pathOf("docs/link"));
    symlinkSync(root.pathOf("outside"), root.pathOf("docs/way"));
    const folder = { reason: "empty_folder", bytes: 0, modifiedMs: null, identity: null } as const;
    await expectLeft("changed", await actionOn("docs/full", folder));
    for (const name of ["docs/link", "docs/way/empty", "docs/nowhere", "docs/full/x"]) {
      const { changed, done } = await apply(await actionOn(name, folder));
      expect([changed, done]).toEqual([[], []]);
    }
    expect((await apply(await actionOn("docs/empty", folder))).changed).toEqual(["docs/empty/"]);
    const file = await actionOn("docs/full");
    expect((await apply(file)).changed).toEqual([]);
  });

  it("drops nothing that somebody stages who lives, and nothing else in that folder", async () => {
    root.write("docs/.staging/notes.txt");
    const { fs } = root;
    const owner = createNodeProcessTable().self();
    const store = await openFileBlobStore({ fs, entropy: webCryptoEntropy, rootDir: root.root, owner });
    const writer = await store.stage();
    await writer.write(new TextEncoder().encode("on its way"));
    const { name } = await writer.finish();
    const change = { action: "drop_staged", reason: "dead_process" } as const;
    await expectLeft("referenced", await actionOn(`docs/.staging/${name}`, change));
    await expectLeft("gone", await actionOn("docs/.staging/notes.txt", change));
    expect(await fs.lstat(root.pathOf(`docs/.staging/${name}`))).toBeDefined();
    expect(await fs.lstat(root.pathOf("docs/.staging/notes.txt"))).toBeDefined();
  });

  it("deletes nothing in the trash before its time, or of which nothing is on record", async () => {
    const run = `${"0".repeat(32)}.1.1.-.-`;
    root.write(`docs/.trash/kept-${run}/a.txt`);
    root.write(`docs/.trash/kept-${run}/b.txt`);
    const later = formatTimestamp(Date.now() + 86_400_000);
    await root.tamper({
      sql: "INSERT INTO trash (run, uri, kind, bytes, trashed_at, expires_at) VALUES (?, ?, 'trash', 1, ?, ?)",
      parameters: [run, `file://${root.root}/a.txt`, "2020-01-01T00:00:00.000Z", later],
    });
    for (const name of ["a.txt", "b.txt"]) {
      await expectLeft("gone", await actionOn(`docs/.trash/kept-${run}/${name}`, { reason: "trash_expired" }));
    }
  });
});
