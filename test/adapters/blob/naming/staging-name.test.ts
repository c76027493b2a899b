import { describe, expect, it } from "vitest";
import { formatStagingName, parseStagingName } from "../../../../src/adapters/blob/naming/staging-name.ts";

const NONCE = "0123456789abcdef0123456789abcdef";

describe("formatStagingName and parseStagingName", () => {
  it("are each other's inverse", () => {
    const owner = { pid: 42, startedAt: "123@456", host: "höst.example.org", bootId: "8f3c-11" };
    const name = formatStagingName(NONCE, owner);
    expect(name).toMatch(/^[0-9a-f]{32}\.42\.123@456\.[0-9a-f]+\.8f3c-11$/);
    expect(parseStagingName(name)).toEqual(owner);
  });

  it("know when nothing is known", () => {
    const nobody = { pid: null, startedAt: null, host: null, bootId: null };
    expect(formatStagingName(NONCE, nobody)).toBe(`${NONCE}.-.-.-.-`);
    expect(parseStagingName(`${NONCE}.-.-.-.-`)).toEqual(nobody);
  });

  it("keep the name short, and separators out of it", () => {
    const name = formatStagingName(NONCE, { pid: 1, startedAt: "a/b.c", host: "x".repeat(300), bootId: "../.." });
    expect(name.length).toBeLessThan(255);
    expect(name).not.toContain("/");
    expect(parseStagingName(name)?.host).toBe("x".repeat(48));
  });

  it("tell what is no staged file", () => {
    for (const name of ["a", "", NONCE, `${NONCE}.1.2.3`, `${NONCE}.1.2.3.4.5`, "x.1.2.3.4"]) {
      expect(parseStagingName(name)).toBeUndefined();
    }
  });
});
