import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeWith } from "./components.ts";
import { ROOT } from "./package/built-package.ts";

const SUITES = `
  import { writeFileSync } from "node:fs";
  import { describeWith } from "${join(ROOT, "test", "components.ts")}";
  import { beforeAll, it } from "${join(ROOT, "node_modules", "vitest", "dist", "index.js")}";
  beforeAll(() => writeFileSync("prepared.txt", ""));
  describeWith("sh", "in the shell", (sh) => {
    it("runs", () => writeFileSync("started.txt", [sh.program, ...sh.words].join()));
  });
`;

const REASON = "it needs sh: install a POSIX shell as sh (package dash)";

let folder = "";

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-components-")));
  writeFileSync(join(folder, "shell.test.mjs"), SUITES);
});

afterEach(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly exitCode: number | null;
  readonly printed: string;
  /** The tests by the name of their suite and their own, with what became of them. */
  readonly tests: readonly (readonly [name: string, status: string])[];
  /** The list of what was left out. */
  readonly leftOut: string;
}

/** Runs the suites in a process that finds no program but those in `path`. */
function runSuites(path: string, more: Readonly<Record<string, string>> = {}): Outcome {
  const [report, list] = [join(folder, "report.json"), join(folder, "left-out.txt")];
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_|REQUIRE_)/.test(name));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--reporter=json", `--outputFile=${report}`],
    {
      cwd: folder,
      encoding: "utf8",
      env: { ...Object.fromEntries(inherited), PATH: path, LEFT_OUT_FILE: list, ...more },
    },
  );
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  return {
    exitCode: status,
    printed: stdout + stderr + JSON.stringify(testResults),
    tests: testResults[0].assertionResults.map((test: Record<string, string>) => [test["fullName"], test["status"]]),
    leftOut: existsSync(list) ? readFileSync(list, "utf8") : "",
  };
}

describeWith("sh", "a suite that needs a component", () => {
  it("runs where it is there", () => {
    const outcome = runSuites(process.env["PATH"] ?? "");
    expect(outcome).toMatchObject({ exitCode: 0, tests: [["in the shell runs", "passed"]], leftOut: "" });
    expect(readFileSync(join(folder, "started.txt"), "utf8")).toBe("sh");
  });
});

describe("a suite that needs a component", () => {
  it("is left out elsewhere, with the reason, and nothing is prepared for it", () => {
    const outcome = runSuites("");
    expect(outcome).toMatchObject({ exitCode: 0, tests: [[`in the shell ${REASON}`, "skipped"]] });
    expect(outcome.leftOut).toBe(`shell.test.mjs: in the shell: ${REASON}\n`);
    expect(existsSync(join(folder, "prepared.txt"))).toBe(false);
  });

  it("fails elsewhere if all components are required", () => {
    const outcome = runSuites("", { REQUIRE_ALL_COMPONENTS: "1" });
    expect(outcome).toMatchObject({ exitCode: 1, tests: [[`in the shell ${REASON}`, "failed"]], leftOut: "" });
    expect(outcome.printed).toContain(`Cannot run the suite \\"in the shell\\": ${REASON}`);
  });
});
