import { describe, expect, it } from "vitest";
import { createLineParser } from "../../../src/core/manifest/parse-line.ts";

const GENERIC = '{"id": "a", "path": "p"}';
const ATTEMPT = '{"record_type": "attempt", "schema_version": 5}';

describe("createLineParser", () => {
  it.each([
    ['{"record_type": "manif', 'Cannot read "{\\"record_type', "torn or malformed"],
    ["\u0007junk", '"\\x07junk"', "torn or malformed"],
    ["[1]", '"[1]"', "expected a JSON object"],
    ["5", '"5"', "expected a JSON object"],
    ['"text"', "text", "expected a JSON object"],
    ["null", '"null"', "expected a JSON object"],
    ["[".repeat(200_000), "[[[", "torn or malformed"],
  ])("calls %.20s damaged", (text, value, reason) => {
    const entry = createLineParser({ format: "auto", resolver: "r" })(text);
    expect(entry).toMatchObject({ kind: "damaged" });
    const message = "reason" in entry ? entry.reason.replaceAll('{"', '{\\"') : "";
    expect(message).toContain(value);
    expect(message).toContain(reason);
    expect(message.length).toBeLessThan(200);
  });

  it("decides the format by the first object, and stays with it", () => {
    const downloader = createLineParser({ format: "auto", resolver: "r" });
    expect(["", "torn{", "[]", ATTEMPT, GENERIC].map((line) => downloader(line).kind)).toEqual([
      ...["other", "damaged", "damaged", "attempt", "other"],
    ]);
    const generic = createLineParser({ format: "auto", resolver: "r" });
    expect([" \t", GENERIC, ATTEMPT].map((line) => generic(line).kind)).toEqual(["other", "outcome", "damaged"]);
  });

  it("takes the format that it is told", () => {
    expect(createLineParser({ format: "downloader", resolver: "r" })(GENERIC).kind).toBe("other");
    const line = '{"record_type": "manifest", "id": "a", "path": "p"}';
    expect(createLineParser({ format: "jsonl", resolver: "r" })(line)).toMatchObject({
      kind: "outcome",
      resolver: "r",
    });
  });

  it("tells of a newer schema and reads on", () => {
    const versions: number[] = [];
    const parse = createLineParser({
      format: "auto",
      resolver: "r",
      onNewerSchema: (version) => versions.push(version),
    });
    expect(parse('{"record_type": "attempt", "schema_version": 9}').kind).toBe("attempt");
    expect(versions).toEqual([9]);
    const silent = createLineParser({ format: "auto", resolver: "r" });
    expect(silent('{"record_type": "attempt", "schema_version": 9}').kind).toBe("attempt");
  });

  it("passes on what a listener throws that is no error of a line", () => {
    const parse = createLineParser({
      format: "downloader",
      resolver: "r",
      onNewerSchema: () => {
        throw "stop";
      },
    });
    expect(() => parse('{"schema_version": 9}')).toThrow("stop");
  });
});
