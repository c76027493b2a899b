import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { MAX_SHOWN_NAME, type PlanAction, type PlanHead, type PlannedRow } from "../../../src/core/plan/plan-action.ts";
import {
  formatPlanAction,
  formatPlanHead,
  isReasonOf,
  parsePlanAction,
  parsePlanHead,
} from "../../../src/core/plan/plan-lines.ts";
import { DROP_REASONS, KEEP_REASONS } from "../../../src/core/retention/reasons.ts";
import { EMPTY_SHA256 } from "../../../src/core/sha256.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import type { Timestamp } from "../../../src/core/timestamp.ts";

const TIME = "2026-01-02T03:04:05.006Z" as Timestamp;

const ROW: PlannedRow = {
  id: 7,
  artifactId: "doi:10.1/a",
  sourceUrl: "https://example.org/a",
  resolver: "unpaywall",
  sha256: EMPTY_SHA256,
  createdAt: TIME,
  updatedAt: TIME,
};

const DROP: PlanAction = {
  action: "drop_row",
  uri: "file:///data/docs/a.pdf" as StorageUri,
  bytes: 5,
  since: null,
  ripeAt: null,
  reason: "older_than",
  modifiedMs: null,
  identity: null,
  row: ROW,
};

const HEAD: PlanHead = {
  verb: "retention",
  catalogId: "0123456789abcdef".repeat(2),
  root: "/data/docs",
  sequence: 12,
  createdAt: TIME,
  retention: { keepCopies: 2, policy: "--older-than 90d --keep-copies 2" },
};

const schema = JSON.parse(readFileSync(new URL("../../../schema/plan-line.schema.json", import.meta.url), "utf8"));
const isOfSchema = new Ajv2020({ allowUnionTypes: true }).compile(schema);

const UNREADABLE = {
  artifactId: null,
  sourceUrl: null,
  resolver: null,
  sha256: null,
  createdAt: null,
  updatedAt: null,
};

describe("the line of a row in a plan", () => {
  it.each<[string, Partial<PlanAction>]>([
    ...DROP_REASONS.map((reason): [string, Partial<PlanAction>] => [reason, { reason }]),
    ...KEEP_REASONS.map((reason): [string, Partial<PlanAction>] => [reason, { action: "keep_row", reason }]),
    ["no hash", { row: { ...ROW, sha256: null } }],
    ["long names", { row: { ...ROW, artifactId: "a".repeat(MAX_SHOWN_NAME) } }],
    [
      "nothing that can be read",
      { action: "keep_row", reason: "damaged", uri: "" as StorageUri, bytes: 0, row: { id: 7, ...UNREADABLE } },
    ],
  ])("is read as it was written, with %s", (_what, change) => {
    const action = { ...DROP, ...change };
    const line = formatPlanAction(action);
    expect(parsePlanAction(line)).toEqual(action);
    expect(isOfSchema(JSON.parse(line)), JSON.stringify(isOfSchema.errors)).toBe(true);
  });

  it("has its fields in one order", () => {
    expect(formatPlanAction(DROP)).toBe(
      '{"type":"plan","action":"drop_row","id":7,"artifact_id":"doi:10.1/a","source_url":"https://example.org/a",' +
        `"resolver":"unpaywall","uri":"file:///data/docs/a.pdf","bytes":5,"sha256":"${EMPTY_SHA256}",` +
        '"created_at":"2026-01-02T03:04:05.006Z","updated_at":"2026-01-02T03:04:05.006Z","reason":"older_than"}',
    );
  });

  it.each<[Partial<PlanAction>, Partial<PlannedRow>, string]>([
    [{ action: "keep_row" }, {}, "its reason is"],
    [{ reason: "last_copy" }, {}, "its reason is"],
    [{ reason: "unreferenced" }, {}, "its reason is"],
    [{ uri: "" as StorageUri }, {}, "its uri is"],
    [{ bytes: -1 }, {}, "its bytes is"],
    [{}, { id: 0 }, "its id is"],
    [{}, { id: 1.5 }, "its id is"],
    [{}, { sha256: "x" as PlannedRow["sha256"] }, "its sha256 is"],
    [{}, { artifactId: null }, "its artifact_id is"],
    [{}, { artifactId: "" }, "its artifact_id is"],
    [{}, { sourceUrl: "a".repeat(MAX_SHOWN_NAME + 1) }, "its source_url is"],
    [{}, { resolver: null }, "its resolver is"],
    [{}, { createdAt: null }, "its created_at is"],
    [{}, { updatedAt: "now" as Timestamp }, "its updated_at is"],
    [{ action: "keep_row", reason: "damaged" }, { createdAt: "now" as Timestamp }, "its created_at is"],
  ])("is none with %j %j", (action, row, reason) => {
    const line = formatPlanAction({ ...DROP, ...action, row: { ...ROW, ...row } });
    expect(() => parsePlanAction(line)).toThrow(reason);
    expect(isOfSchema(JSON.parse(line))).toBe(false);
  });

  it("belongs to a plan of retention, and to no other", () => {
    expect([isReasonOf("retention", "older_than"), isReasonOf("retention", "pinned")]).toEqual([true, true]);
    expect([isReasonOf("gc", "older_than"), isReasonOf("dedup", "pinned")]).toEqual([false, false]);
    expect([isReasonOf("retention", "unreferenced"), isReasonOf("retention", "duplicate")]).toEqual([false, false]);
  });
});

describe("the head of a plan of retention", () => {
  it("says what the plan goes by", () => {
    expect(formatPlanHead(HEAD)).toMatch(/,"keep_copies":2,"policy":"--older-than 90d --keep-copies 2"\}$/);
    expect(parsePlanHead(formatPlanHead(HEAD))).toEqual(HEAD);
    expect(isOfSchema(JSON.parse(formatPlanHead(HEAD)))).toBe(true);
  });

  it.each<[PlanHead, string]>([
    [{ ...HEAD, retention: undefined }, "its keep_copies is missing"],
    [{ ...HEAD, retention: { keepCopies: -1, policy: "x" } }, "its keep_copies is -1"],
    [{ ...HEAD, retention: { keepCopies: 1001, policy: "x" } }, "its keep_copies is 1001"],
    [{ ...HEAD, retention: { keepCopies: 1, policy: "" } }, "its policy is"],
    [{ ...HEAD, verb: "gc" }, "it has other fields"],
  ])("is none, %#", (head, reason) => {
    expect(() => parsePlanHead(formatPlanHead(head))).toThrow(reason);
    expect(isOfSchema(JSON.parse(formatPlanHead(head)))).toBe(false);
  });
});
