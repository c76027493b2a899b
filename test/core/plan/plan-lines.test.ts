import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import type { PlanAction, PlanHead } from "../../../src/core/plan/plan-action.ts";
import {
  formatPlanAction,
  formatPlanFoot,
  formatPlanHead,
  isPlanAction,
  isPlanFoot,
  parsePlanAction,
  parsePlanFoot,
  parsePlanHead,
} from "../../../src/core/plan/plan-lines.ts";
import { EMPTY_SHA256 } from "../../../src/core/sha256.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import type { Timestamp } from "../../../src/core/timestamp.ts";

const TIME = "2026-01-02T03:04:05.006Z" as Timestamp;

const HEAD: PlanHead = {
  verb: "gc",
  catalogId: "0123456789abcdef".repeat(2),
  root: "/data/docs",
  sequence: 12,
  createdAt: TIME,
};

const ACTION: PlanAction = {
  action: "delete",
  uri: "file:///data/docs/a.pdf" as StorageUri,
  bytes: 5,
  since: TIME,
  ripeAt: TIME,
  reason: "unreferenced",
  modifiedMs: 1_700_000_000_000.25,
  identity: "1:2",
};

const OTHER = "file:///data/docs/b.pdf" as StorageUri;

const FOOT = { actions: 1, bytes: 5, sha256: EMPTY_SHA256 };

const schema = JSON.parse(readFileSync(new URL("../../../schema/plan-line.schema.json", import.meta.url), "utf8"));
const isOfSchema = new Ajv2020().compile(schema);

const FOLDER = { reason: "empty_folder", bytes: 0, modifiedMs: null, identity: null } as const;

describe("the lines of a plan", () => {
  it.each<[string, Partial<PlanAction>]>([
    ["a file that goes", {}],
    ["one that goes into the trash", { action: "trash", reason: "abandoned" }],
    ["one that nobody knows", { action: "trash", reason: "unknown" }],
    ["one that was staged", { action: "drop_staged", reason: "dead_process", since: null, ripeAt: null }],
    ["one that is given back", { action: "give_back", reason: "dead_run" }],
    ["one that was in the trash", { reason: "trash_expired", modifiedMs: -1 }],
    ["one that was in quarantine", { reason: "quarantine_expired" }],
    ["an empty folder", FOLDER],
    ["a name that gets other bytes", { action: "share", reason: "duplicate", since: null, ripeAt: null, from: OTHER }],
  ])("are read as they were written, of %s", (_what, change) => {
    const action = { ...ACTION, ...change };
    const line = formatPlanAction(action);
    expect(parsePlanAction(line)).toEqual(action);
    expect(isOfSchema(JSON.parse(line))).toBe(true);
    expect([isPlanAction(line), isPlanFoot(line)]).toEqual([true, false]);
  });

  it("are read as they were written, at both ends", () => {
    expect(formatPlanHead(HEAD)).toBe(
      '{"type":"head","format":"content-catalog plan","version":1,"verb":"gc","catalog_id":"0123456789abcdef0123456789abcdef",' +
        '"root":"/data/docs","sequence":12,"created_at":"2026-01-02T03:04:05.006Z"}',
    );
    expect(parsePlanHead(formatPlanHead(HEAD))).toEqual(HEAD);
    expect(parsePlanFoot(formatPlanFoot(FOOT))).toEqual(FOOT);
    for (const line of [formatPlanHead(HEAD), formatPlanFoot(FOOT)]) expect(isOfSchema(JSON.parse(line))).toBe(true);
    expect([isPlanAction(formatPlanFoot(FOOT)), isPlanFoot(formatPlanFoot(FOOT))]).toEqual([false, true]);
  });
});

describe("no line of a plan is", () => {
  const action = (change: Record<string, unknown>): string =>
    formatPlanAction({ ...ACTION, ...change } as unknown as PlanAction);
  const head = (change: Record<string, unknown>): string =>
    formatPlanHead({ ...HEAD, ...change } as unknown as PlanHead);

  it.each<[string, string]>([
    [action({ action: "destroy" }), 'its action is "destroy"'],
    [action({ reason: "because" }), "its reason is"],
    [action({ action: "drop_staged" }), "its action is drop_staged, and its reason unreferenced"],
    [action({ action: "delete", reason: "unknown" }), "its action is delete, and its reason unknown"],
    [action({ uri: "" }), "its uri is"],
    [action({ uri: 1 }), "its uri is"],
    [action({ bytes: -1 }), "its bytes is"],
    [action({ bytes: 1.5 }), "its bytes is"],
    [action({ bytes: 2 ** 53 }), "its bytes is"],
    [action({ bytes: "5" }), "its bytes is"],
    [action({ since: "2026-01-02" }), "its since is"],
    [action({ ripeAt: 0 }), "its ripe_at is"],
    [action({ ripeAt: undefined }), "its ripe_at is missing"],
    [action({ modifiedMs: "1" }), "its modified_ms is"],
    [action({ modifiedMs: null }), "its modified_ms is"],
    [action({ identity: null }), "its identity is"],
    [action({ identity: 5 }), "its identity is"],
    [action({ identity: "" }), "its identity is"],
    [action({ from: OTHER }), "its from is"],
    [action({ action: "share", reason: "duplicate" }), "its from is missing"],
    [action({ action: "share", reason: "duplicate", from: "" }), "its from is"],
    [action({ action: "delete", reason: "duplicate", from: OTHER }), "its action is delete, and its reason duplicate"],
    [action({ action: "share", reason: "duplicate", from: OTHER, identity: null }), "its identity is"],
    [action({ ...FOLDER, from: OTHER }), "its from is"],
    [action({ ...FOLDER, bytes: 1 }), "its bytes is"],
    [action({ ...FOLDER, modifiedMs: 1 }), "its modified_ms is"],
    [action({ ...FOLDER, identity: "1:2" }), "its identity is"],
    [formatPlanFoot(FOOT), "its type is"],
    ["{", "it is no JSON"],
    ["null", "it is no JSON object"],
    ["[]", "its type is missing"],
  ])("%s", (line, reason) => {
    expect(() => parsePlanAction(line)).toThrow(reason);
    const isJson = line !== "{" && line !== formatPlanFoot(FOOT);
    if (isJson) expect(isOfSchema(JSON.parse(line))).toBe(false);
  });

  it.each<[string, string]>([
    [head({ verb: "retain" }), "its verb is"],
    [head({ catalogId: "X" }), "its catalog_id is"],
    [head({ catalogId: 1 }), "its catalog_id is"],
    [head({ root: "" }), "its root is"],
    [head({ root: null }), "its root is"],
    [head({ sequence: -1 }), "its sequence is"],
    [head({ createdAt: "now" }), "its created_at is"],
    [
      formatPlanHead(HEAD).replace('"version":1', '"version":2'),
      "it is of version 2, and this program reads version 1",
    ],
    [formatPlanHead(HEAD).replace('"version":1,', ""), "it is of version missing"],
    [formatPlanHead(HEAD).replace("content-catalog plan", "plan"), "it is no plan"],
    [formatPlanAction(ACTION), "it is no plan"],
  ])("%s as the first one", (line, reason) => {
    expect(() => parsePlanHead(line)).toThrow(reason);
  });

  it.each<[object, string]>([
    [{ actions: -1 }, "its actions is"],
    [{ bytes: null }, "its bytes is"],
    [{ sha256: "x" }, "its sha256 is"],
  ])("%j as the last one", (change, reason) => {
    expect(() => parsePlanFoot(formatPlanFoot({ ...FOOT, ...change }))).toThrow(reason);
  });

  it.each<[string, (line: string) => string]>([
    ["a field more", (line) => line.replace("}", ',"more":1}')],
    ["a space more", (line) => line.replace(",", ", ")],
    ["a space behind", (line) => `${line} `],
    ["a carriage return", (line) => `${line}\r`],
    ["a byte order mark", (line) => `\ufeff${line}`],
    ["a field twice", (line) => line.replace("{", '{"type":"x",')],
    ["fields in another order", (line) => line.replace(/^(\{)("type":"\w+"),(.*)(\})$/, "$1$3,$2$4")],
    ["an escape", (line) => line.replace('"type"', '"t\\u0079pe"')],
  ])("one with %s", (_what, change) => {
    for (const [line, parse] of [
      [formatPlanHead(HEAD), parsePlanHead],
      [formatPlanAction(ACTION), parsePlanAction],
      [formatPlanFoot(FOOT), parsePlanFoot],
    ] as const) {
      expect(parse(line)).toBeDefined();
      expect(() => parse(change(line))).toThrow(SyntaxError);
    }
  });

  it("one with a number written in another way", () => {
    for (const number of ["5.0", "5e0", "05"]) {
      expect(() => parsePlanAction(formatPlanAction(ACTION).replace('"bytes":5', `"bytes":${number}`))).toThrow();
    }
    expect(() =>
      parsePlanAction(formatPlanAction(ACTION).replace(/"modified_ms":[\d.]+/, '"modified_ms":-0')),
    ).toThrow();
  });
});
