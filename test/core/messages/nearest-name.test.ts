import { describe, expect, it } from "vitest";
import { findNearestName } from "../../../src/core/messages/nearest-name.ts";

describe("findNearestName", () => {
  it("finds what was most likely meant", () => {
    expect(findNearestName("rot_dir", ["backend", "root_dir", "layout"])).toBe("root_dir");
    expect(findNearestName("LAYOUT", ["backend", "root_dir", "layout"])).toBe("layout");
  });

  it("gives nothing when nothing is near", () => {
    expect(findNearestName("completely_else", ["backend", "root_dir"])).toBeUndefined();
    expect(findNearestName("x", [])).toBeUndefined();
  });
});
