import { mkdirSync, symlinkSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { formatPlan } from "../../../src/catalog/plan/format-plan.ts";
import type { Plan } from "../../../src/catalog/plan/plan.ts";
import { type ReadPlanContext, readPlan } from "../../../src/catalog/plan/read-plan.ts";
import type { PlanAction, PlanHead } from "../../../src/core/plan/plan-action.ts";
import {
  formatPlanAction,
  formatPlanFoot,
  formatPlanHead,
  MAX_PLAN_LINE_BYTES,
} from "../../../src/core/plan/plan-lines.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import type { Timestamp } from "../../../src/core/timestamp.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { SharedRoot } from "../root/_shared-root.ts";

/*
 * A plan as a file: it comes back as it was written, and is refused as a whole when it is anything else.
 */

const hasher = createWasmHasher();
const TIME = "2026-01-02T03:04:05.006Z" as Timestamp;

let shared: SharedRoot;
let context: ReadPlanContext;
let head: PlanHead;

beforeAll(async () => {
  shared = new SharedRoot();
  await shared.within("a.sqlite", shared.ingest);
  const { sql, store, fs } = await shared.context("a.sqlite");
  context = { sql, store, fs, hashers: { core: hasher } };
  const { sequence } = await sql.describe();
  head = { verb: "gc", catalogId: shared.markerOf("a.sqlite").id, root: store.root, sequence, createdAt: TIME };
});

afterAll(() => shared.remove());

function actionAt(key: string, change: Partial<PlanAction> = {}): PlanAction {
  return {
    action: "delete",
    uri: `file://${shared.root}/${key}` as StorageUri,
    bytes: 5,
    since: TIME,
    ripeAt: null,
    reason: "unreferenced",
    modifiedMs: 1_700_000_000_000.5,
    identity: "1:2",
    ...change,
  };
}

function planOf(actions: readonly PlanAction[], change: Partial<PlanHead> = {}): Plan {
  return {
    head: { ...head, ...change },
    size: actions.length,
    bytes: actions.reduce((sum, { bytes }) => sum + bytes, 0),
    actions: async function* actionsOf() {
      yield* actions;
    },
  };
}

async function write(plan: Plan): Promise<string> {
  let text = "";
  for await (const line of formatPlan(plan, hasher)) text += line;
  return text;
}

async function* inPieces(text: string, size = text.length): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function read(text: string, size?: number): Promise<Plan> {
  return readPlan(context, () => inPieces(text, size));
}

async function actionsOf(plan: Plan): Promise<readonly PlanAction[]> {
  const actions: PlanAction[] = [];
  for await (const action of plan.actions()) actions.push(action);
  return actions;
}

/** Why a plan is refused; `undefined` if it is not. */
async function refusal(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (!isCatalogError(error, "REFUSED")) throw error;
    expect(error.details).toEqual({ guard: "plan" });
    expect(error.hint).toMatch(/new plan/);
    return /^Cannot use the plan: (.*)$/.exec(error.message)?.[1]?.replaceAll(shared.folder, "");
  }
}

/** A text with the seal that fits it: what somebody would make who knows the format. */
async function sealed(lines: readonly string[], foot: { actions?: number; bytes?: number } = {}): Promise<string> {
  const hash = await hasher.create();
  const text = lines.map((line) => `${line}\n`).join("");
  await hash.update(new TextEncoder().encode(text));
  const { actions = lines.length - 1, bytes = 5 * actions } = foot;
  return `${text}${formatPlanFoot({ actions, bytes, sha256: await hash.digest() })}\n`;
}

describe("a plan that was written", () => {
  const EVERY = (): readonly PlanAction[] => [
    actionAt("a/b.pdf"),
    actionAt("a/.b.pdf", { action: "trash", reason: "unknown" }),
    actionAt("a/%E2%82%AC%20%23.pdf", { action: "trash", reason: "abandoned", modifiedMs: 0, bytes: 0 }),
    actionAt("cas/sha256/ab/cd", { identity: 'x"\\\u2028é' }),
    actionAt(".staging/abc.1.2.-.-", { action: "drop_staged", reason: "dead_process", since: null }),
    actionAt("a/c.pdf", { action: "give_back", reason: "dead_run", since: null }),
    actionAt(".trash/kept-abc.1.2.-.-/a/b.pdf", { reason: "trash_expired" }),
    actionAt(".quarantine/abc/b.pdf", { reason: "quarantine_expired" }),
    actionAt("a/empty", { reason: "empty_folder", bytes: 0, modifiedMs: null, identity: null }),
  ];

  it.each([1, 7, 1000, undefined])("comes back, in pieces of %s, as often as it is read", async (size) => {
    const actions = EVERY();
    const plan = await read(await write(planOf(actions)), size);
    expect(plan).toMatchObject({ head, size: actions.length, bytes: 35 });
    for (let times = 0; times < 2; times++) expect(await actionsOf(plan)).toEqual(actions);
    expect(await write(plan)).toBe(await write(planOf(actions)));
  });

  it("comes back when it says nothing, and when it is long", async () => {
    expect(await actionsOf(await read(await write(planOf([]))))).toEqual([]);
    const many = Array.from({ length: 2000 }, (_, n) => actionAt(`a/${n}.pdf`));
    expect(await actionsOf(await read(await write(planOf(many)), 10_000))).toEqual(many);
  });

  it("is that of its root by another way to it, and of an earlier time", async () => {
    mkdirSync(shared.pathOf("x"), { recursive: true });
    symlinkSync(shared.root, shared.pathOf("x/link"));
    const text = await write(planOf([actionAt("a")], { root: shared.pathOf("x/link"), sequence: 0 }));
    expect(await refusal(read(text))).toBeUndefined();
  });
});

describe("a plan is refused", () => {
  it("when any character is another one, or is missing", async () => {
    const text = await write(planOf([actionAt("a/b.pdf"), actionAt("c.pdf", { action: "trash" })]));
    const at = fc.nat(text.length - 1);
    const other = fc.oneof(fc.constant(""), fc.string({ minLength: 1, maxLength: 2 }), fc.constantFrom("\n", "0", "é"));
    await fc.assert(
      fc.asyncProperty(at, other, async (index, put) => {
        const changed = text.slice(0, index) + put + text.slice(index + 1);
        fc.pre(changed !== text);
        expect(await refusal(read(changed, 50))).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it("when any byte is another one", async () => {
    const bytes = new TextEncoder().encode(await write(planOf([actionAt("a/b.pdf")])));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (index, flip) => {
        const changed = bytes.map((byte, at) => (at === index ? byte ^ flip : byte));
        expect(await refusal(read(new TextDecoder("utf-8", { ignoreBOM: true }).decode(changed)))).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it("when it is cut anywhere, or goes on", async () => {
    const text = await write(planOf([actionAt("a/b.pdf")]));
    for (let end = 0; end < text.length; end++) expect(await refusal(read(text.slice(0, end)))).toBeDefined();
    for (const more of ["\n", " ", "\0", text]) expect(await refusal(read(text + more))).toBeDefined();
    expect(await refusal(read(""))).toBe("it is empty");
    expect(await refusal(read(`${text}\n`))).toBe("there is text behind its end, on line 4");
    expect(await refusal(read(text.slice(0, -1)))).toBe("it is cut off: line 3 has no end");
  });

  it("when lines are missing, swapped, doubled or added", async () => {
    const actions = Array.from({ length: 12 }, (_, n) => actionAt(`${n}.pdf`, { bytes: n }));
    const lines = (await write(planOf(actions))).trimEnd().split("\n");
    const textOf = (changed: readonly string[]): string => changed.map((line) => `${line}\n`).join("");
    const at = fc.nat(lines.length - 1);
    await fc.assert(
      fc.asyncProperty(at, at, async (one, other) => {
        const [first = "", second = ""] = [lines[one], lines[other]];
        const without = lines.filter((_, index) => index !== one);
        const swapped = lines.map((line, index) => (index === one ? second : index === other ? first : line));
        const added = [...lines.slice(0, other), first, ...lines.slice(other)];
        for (const changed of [without, swapped, added]) {
          if (textOf(changed) !== textOf(lines)) expect(await refusal(read(textOf(changed)))).toBeDefined();
        }
      }),
      { numRuns: 100 },
    );
    expect(await refusal(read(textOf(lines.slice(0, -1))))).toBe("it is cut off: its last line is missing");
    expect(await refusal(read(textOf(lines.toSpliced(3, 1))))).toBe(
      "it was edited, or lines are missing: its end does not fit what is before it",
    );
  });

  it("when its end fits its hash and not its lines", async () => {
    const lines = [formatPlanHead(head), formatPlanAction(actionAt("a"))];
    expect(await refusal(read(await sealed(lines)))).toBeUndefined();
    for (const foot of [{ actions: 2 }, { bytes: 6 }]) {
      expect(await refusal(read(await sealed(lines, foot)))).toMatch(/^it was edited/);
    }
  });

  it("when a line is too long, also if it never ends", async () => {
    const long = actionAt("a", { identity: "x".repeat(MAX_PLAN_LINE_BYTES) });
    expect(await refusal(read(await write(planOf([long]))))).toBe("line 2 is longer than 65536 bytes");
    const wide = actionAt("a", { identity: "é".repeat(MAX_PLAN_LINE_BYTES / 2) });
    expect(await refusal(read(await write(planOf([wide]))))).toBe("line 2 is longer than 65536 bytes");
    let pieces = 0;
    const endless = async function* endlessly(): AsyncGenerator<string> {
      for (;;) {
        pieces += 1;
        yield " ".repeat(1000);
      }
    };
    expect(await refusal(readPlan(context, endless))).toBe("line 1 is longer than 65536 bytes");
    expect(pieces).toBeLessThan(100);
  });

  it.each<[string, () => Partial<PlanHead>, RegExp]>([
    [
      "of another catalog",
      () => ({ catalogId: "0".repeat(32) }),
      /^catalog 0{32} made it, and this one is [0-9a-f]{32}$/,
    ],
    ["for another root", () => ({ root: shared.folder }), /^it is for the root "", and this one is "\/docs"$/],
    ["for a root that is not there", () => ({ root: "/nowhere/docs" }), /^it is for the root/],
    ["for a root behind a file", () => ({ root: `${shared.pathOf("a.sqlite")}/x` }), /^it is for the root/],
    ["for a root elsewhere", () => ({ root: "s3://bucket" }), /^it is for the root "s3:\/\/bucket"/],
    [
      "ahead of the catalog",
      () => ({ sequence: 1000 }),
      /^the catalog had 1000 commits when it was made, and has \d+,/,
    ],
  ])("that is %s", async (_what, change, reason) => {
    // Before any of its lines is looked at.
    const outside = actionAt("x", { uri: "file:///elsewhere/x" as StorageUri });
    expect(await refusal(read(await write(planOf([outside], change()))))).toMatch(reason);
  });

  it("that is of another version", async () => {
    const text = await write(planOf([]));
    expect(await refusal(read(text.replace('"version":1', '"version":2')))).toBe(
      "line 1: it is of version 2, and this program reads version 1",
    );
  });

  it("when it cannot be told whether the root is this one", async () => {
    const stat: FileSystem["stat"] = () => Promise.reject(Object.assign(new Error("made"), { code: "EMFILE" }));
    const text = await write(planOf([], { root: "/other" }));
    const work = readPlan({ ...context, fs: { stat } }, () => inPieces(text));
    await expect(work).rejects.toMatchObject({ code: "BACKEND" });
  });

  const OUTSIDE = "is not in the root";
  const SPELLED = "is not written as the root has it";
  const NO_PLACE = "is no place of which anything goes as";
  it.each<[string, Partial<PlanAction>, string]>([
    ["file:///etc/passwd", {}, OUTSIDE],
    ["file://ROOT", {}, OUTSIDE],
    ["file://ROOT/", {}, OUTSIDE],
    ["file://ROOT/..", {}, OUTSIDE],
    ["file://ROOT/../a.sqlite", {}, OUTSIDE],
    ["file://ROOT/%2e%2e/a.sqlite", {}, OUTSIDE],
    ["file://ROOT/x/%2E%2E/%2E%2E/a.sqlite", {}, OUTSIDE],
    ["file://ROOT/..%2fa.sqlite", {}, OUTSIDE],
    ["file://ROOT%2f..%2fa.sqlite", {}, OUTSIDE],
    ["file://ROOTx/a", {}, OUTSIDE],
    ["file://elsewhereROOT/a", {}, OUTSIDE],
    ["file://ROOT/a%00b", {}, OUTSIDE],
    ["file://ROOT/a%ffb", {}, OUTSIDE],
    ["ROOT/a", {}, OUTSIDE],
    ["s3://bucket/a", {}, OUTSIDE],
    ["https://example.org/a", {}, OUTSIDE],
    ["\u0000", {}, OUTSIDE],
    ["file://ROOT/x/../a", {}, SPELLED],
    ["file://ROOT/./a", {}, SPELLED],
    ["file://ROOT//a", {}, SPELLED],
    ["file://ROOT/a/", {}, SPELLED],
    ["file://ROOT/%61", {}, SPELLED],
    ["file://ROOT/a%2fb", {}, SPELLED],
    ["file://ROOT/a b", {}, SPELLED],
    ["file://ROOT/\u20ac", {}, SPELLED],
    ["file://ROOT/%e2%82%ac", {}, SPELLED],
    ["file://ROOT/a?b", {}, SPELLED],
    ["file://ROOT/a#b", {}, SPELLED],
    ["file://localhostROOT/a", {}, SPELLED],
    ["FILE://ROOT/a", {}, SPELLED],
    ["file:ROOT/a", {}, SPELLED],
    ["file://ROOT/.content-catalog/x", {}, NO_PLACE],
    ["file://ROOT/.quarantine/x/y", {}, NO_PLACE],
    ["file://ROOT/.staging/x", {}, NO_PLACE],
    ["file://ROOT/.trash/kept-x/y", {}, NO_PLACE],
    ["file://ROOT/.git/config", {}, NO_PLACE],
    ["file://ROOT/.trash", {}, NO_PLACE],
    ["file://ROOT/.Staging", { action: "trash", reason: "unknown" }, NO_PLACE],
    ["file://ROOT/.hidden", { reason: "empty_folder", bytes: 0, modifiedMs: null, identity: null }, NO_PLACE],
    ["file://ROOT/a/.b/c", { action: "trash", reason: "unknown" }, NO_PLACE],
    ["file://ROOT/.git/config", { action: "give_back", reason: "dead_run" }, NO_PLACE],
    ["file://ROOT/a/.hidden/b", {}, NO_PLACE],
    ["file://ROOT/.trash/run/a", { action: "give_back", reason: "dead_run" }, NO_PLACE],
    ["file://ROOT/.staging", { reason: "empty_folder", bytes: 0, modifiedMs: null, identity: null }, NO_PLACE],
    ["file://ROOT/a", { action: "drop_staged", reason: "dead_process" }, NO_PLACE],
    ["file://ROOT/.staging", { action: "drop_staged", reason: "dead_process" }, NO_PLACE],
    ["file://ROOT/.staging/.x", { action: "drop_staged", reason: "dead_process" }, NO_PLACE],
    ["file://ROOT/.staging/x/y", { action: "drop_staged", reason: "dead_process" }, NO_PLACE],
    ["file://ROOT/.quarantine/x", { action: "drop_staged", reason: "dead_process" }, NO_PLACE],
    ["file://ROOT/a", { reason: "trash_expired" }, NO_PLACE],
    ["file://ROOT/.trash/run/a", { reason: "trash_expired" }, NO_PLACE],
    ["file://ROOT/.trash/kept-run", { reason: "trash_expired" }, NO_PLACE],
    ["file://ROOT/a/b/c", { reason: "quarantine_expired" }, NO_PLACE],
    ["file://ROOT/.trash/kept-run/a", { reason: "quarantine_expired" }, NO_PLACE],
    ["file://ROOT/.quarantine/x", { reason: "quarantine_expired" }, NO_PLACE],
    ["file://ROOT/.quarantine/x/y/z", { reason: "quarantine_expired" }, NO_PLACE],
    ["file://ROOT/.quarantine/x/evidence.json", { reason: "quarantine_expired" }, NO_PLACE],
    ["file://ROOT/.quarantine/x/Evidence.json", { reason: "quarantine_expired" }, NO_PLACE],
    ["file://ROOT/.trash/kept-run/.staging/a", { reason: "trash_expired" }, NO_PLACE],
    ["file://ROOT/.content-catalog/kept-run/a", { reason: "trash_expired" }, NO_PLACE],
  ])("that names %j, with %j", async (uri, change, reason) => {
    const named = actionAt("", { ...change, uri: uri.replace("ROOT", shared.root) as StorageUri });
    const text = await write(planOf([actionAt("fine"), named]));
    const refused = await refusal(read(text));
    expect(refused).toMatch(/^line 3: "/);
    expect(refused).toContain(reason);
  });

  it.each<[string, string, string]>([
    ["file://ROOT/.git/a", "file://ROOT/b", NO_PLACE],
    ["file://ROOT/a", "file://ROOT/.quarantine/b/c", NO_PLACE],
    ["file://ROOT/a", "file:///elsewhere/b", "would share bytes of a file that is not in the root"],
    ["file://ROOT/a", "file://ROOT/%62", SPELLED],
    ["file://ROOT/a", "file://ROOT/a", "would share its bytes with itself"],
  ])("that gives %j the bytes of %j", async (uri, other, reason) => {
    const named = (text: string): StorageUri => text.replace("ROOT", shared.root) as StorageUri;
    const line = actionAt("", { action: "share", reason: "duplicate", uri: named(uri), from: named(other) });
    const plan = { ...planOf([line]), head: { ...head, verb: "dedup" } as const };
    const refused = await refusal(read(await write(plan)));
    expect(refused).toMatch(/^line 2: "/);
    expect(refused).toContain(reason);
  });

  it("that does what its verb does not", async () => {
    const share = actionAt("a", { action: "share", reason: "duplicate", from: actionAt("b").uri });
    expect(await refusal(read(await write(planOf([share]))))).toBe("line 2: a plan of gc does nothing as duplicate");
    const plan = { ...planOf([actionAt("a")]), head: { ...head, verb: "dedup" } as const };
    const reason = "line 2: a plan of dedup does nothing as unreferenced";
    expect(await refusal(read(await write(plan)))).toBe(reason);
    const fine = { ...planOf([share]), head: { ...head, verb: "dedup" } as const };
    expect(await actionsOf(await read(await write(fine)))).toEqual([share]);
  });

  it("when it was changed since it was read, before anything of that is done", async () => {
    const many = Array.from({ length: 2000 }, (_, n) => actionAt(`a/${n}.pdf`));
    const text = await write(planOf(many));
    const changes = [
      text.replace("a/1999.pdf", "b/1999.pdf"),
      text.replace("a/0.pdf", "b/0.pdf"),
      text.slice(0, text.indexOf("\n") + 1),
      "",
      text.slice(0, -1),
      `${text}${formatPlanAction(actionAt("more"))}\n`,
    ];
    for (const changed of changes) {
      let now = text;
      const plan = await readPlan(context, () => inPieces(now, 5000));
      now = changed;
      const given: string[] = [];
      const work = async (): Promise<void> => {
        for await (const { uri } of plan.actions()) given.push(uri);
      };
      expect(await refusal(work())).toBeDefined();
      expect(given).toEqual(many.slice(0, given.length).map(({ uri }) => uri));
      expect(given.length).toBeLessThan(many.length);
    }
  });
});
