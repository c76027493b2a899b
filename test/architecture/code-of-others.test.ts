import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeWith, outputOf } from "../components.ts";
import { RUN_LINES, SharedRuns } from "./shared-runs.ts";

/** No code of ours has longer lines; packed code has. */
const MAX_LINE = 1000;
/** A binary file above this size is somebody's product. */
const MAX_BINARY_BYTES = 1000;

const CODE = /\.[cm]?[jt]sx?$/;

describeWith("git", "The repository", (git) => {
  const paths = outputOf(git, ["ls-files"]).trimEnd().split("\n");
  const read = (path: string): readonly [string, string] => [path, readFileSync(path, "latin1")];
  // A file that is deleted stays listed until that is committed.
  const files = paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile()).map(read);

  it("holds of what is generated only that which is made of its own sources", () => {
    expect(paths.filter((path) => /\.gen\./.test(path))).toEqual(["src/catalog/migrations.gen.ts"]);
  });

  it("holds no code of an installed package", () => {
    const shared = new SharedRuns(files.filter(([path]) => CODE.test(path)));
    const found = readdirSync("node_modules", { recursive: true, encoding: "utf8" })
      .map((path) => join("node_modules", path))
      .filter((path) => CODE.test(path) && statSync(path).isFile())
      .flatMap((path) => shared.find(path, readFileSync(path, "latin1")) ?? []);
    expect(found).toEqual([]);
  });

  it("holds nothing that is packed but catalogs of an earlier version", () => {
    const packed = files.filter(([path, text]) =>
      text.includes("\0")
        ? text.length > MAX_BINARY_BYTES
        : !path.endsWith(".md") && text.split("\n").some((line) => line.length > MAX_LINE),
    );
    const catalogs = ["cas/state/catalog.sqlite", "cas/state/catalog.sqlite.oplog", "policy_path/state/catalog.sqlite"];
    expect(packed.map(([path]) => path)).toEqual(catalogs.map((path) => `test/fixtures-0.1/${path}`));
  });
});

describe("runs of lines", () => {
  const lines = Array.from({ length: RUN_LINES }, (_, index) => `call(${index} + 10);`);

  it("are found in whatever place and indentation", () => {
    const shared = new SharedRuns([["src/a.ts", `first();\n${lines.join("\n")}\n`]]);
    const found = shared.find("node_modules/a/a.js", `// A\n\n  ${lines.join("\n}\n  ")}`);
    expect(found).toEqual({ path: "src/a.ts", origin: "node_modules/a/a.js", line: "call(0 + 10);" });
  });

  it("are not found when they are shorter, or in another order", () => {
    const shared = new SharedRuns([
      ["src/a.ts", lines.slice(1).join("\n")],
      ["src/b.ts", lines[0] ?? ""],
    ]);
    expect(shared.find("node_modules/a/a.js", lines.join("\n"))).toBeUndefined();
    expect(new SharedRuns([["src/a.ts", lines.toReversed().join("\n")]]).find("", lines.join("\n"))).toBeUndefined();
  });
});
