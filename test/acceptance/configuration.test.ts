import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { expectError } from "./verdict.ts";
import { makeWorkplace, namesIn, type Workplace } from "./workplace.ts";

let place: Workplace;

beforeEach(() => {
  place = makeWorkplace();
});

afterEach(() => place.remove());

const WRONG_TYPE = ["catalog.busy_timeout", '"soon"', "expected a whole number of milliseconds"];

describe("a configuration", () => {
  it.each([
    ["yaml", "catalog:\n  busy_timeout: soon\n", WRONG_TYPE],
    ["toml", '[catalog]\nbusy_timeout = "soon"\n', WRONG_TYPE],
    ["json", '{"catalog": {"busy_timeout": "soon"}}', WRONG_TYPE],
    ["jsonc", '{"catalog": {"busy_timeout": "soon",}} // later', WRONG_TYPE],
    ["yaml", "catalog: 5\n", ["catalog is 5", "expected a group of keys"]],
    ["yaml", "- catalog\n", ["expected"]],
    ["yaml", "catalog:\n  compute_sha256: maybe\n", ["catalog.compute_sha256", '"maybe"', "true or false"]],
    ["yaml", "storage:\n  layout: heap\n", ["storage.layout", '"heap"', "cas"]],
    ["yaml", "storage:\n  root_dir: [a]\n", ["storage.root_dir"]],
    ["yaml", "catalog:\n  pth: x\n", ["catalog.pth", 'Did you mean "path"?']],
    ["yaml", "catalog: {path: x\n", ["line 2, column 1"]],
    ["toml", "[catalog\n", ["line 1, column"]],
    ["json", '{"catalog": }', ["line 1, column 13"]],
  ])("%s: %j is refused by name", async (format, text, parts) => {
    const path = place.write(`catalog.config.${format}`, text);
    const message = [path, ...parts];
    expectError(await place.run(["init"]), { exitCode: EXIT.usage, message, hint: "Correct it there" });
    expect(namesIn(place.path)).toEqual([`catalog.config.${format}`]);
  });

  it("from the environment or a flag is refused by its name", async () => {
    const env = { CATALOG_CATALOG__BUSY_TIMEOUT: "soon" };
    expectError(await place.run(["init"], { env }), {
      exitCode: EXIT.usage,
      message: ["CATALOG_CATALOG__BUSY_TIMEOUT", '"soon"', "whole number"],
      hint: "Correct",
    });
    expectError(await place.run(["init", "--set", "catalog.busy_timeout=soon"]), {
      exitCode: EXIT.usage,
      message: ["--set catalog.busy_timeout", '"soon"', "whole number"],
      hint: "Correct",
    });
    expect(namesIn(place.path)).toEqual([]);
  });

  it("in two files is refused, unless one is named", async () => {
    const yaml = place.write("catalog.config.yaml", "catalog: {path: from-yaml.sqlite}\n");
    place.write("catalog.config.toml", '[catalog]\npath = "from-toml.sqlite"\n');
    expectError(await place.run(["init"]), {
      exitCode: EXIT.usage,
      message: [JSON.stringify(place.path), '"catalog.config.yaml" and "catalog.config.toml"'],
      hint: "--config",
    });
    expect((await place.run(["-c", yaml, "init"])).exitCode).toBe(EXIT.done);
    expect((await place.run(["init", "-c", "catalog.config.toml"])).exitCode).toBe(EXIT.done);
    expect(namesIn(place.path)).toEqual([
      ...["catalog.config.toml", "catalog.config.yaml", "from-toml.sqlite", "from-yaml.sqlite"],
    ]);
  });

  it("that is named and missing is refused", async () => {
    expectError(await place.run(["stats", "-c", "no.yaml"]), {
      exitCode: EXIT.usage,
      message: [JSON.stringify(join(place.path, "no.yaml")), "does not exist"],
      hint: "--config",
    });
  });

  it("is shown without passwords, wherever they came from", async () => {
    const url = "postgres://me:hunter2@db.example.org/catalog?password=hunter2";
    const file = place.write("db.yaml", `catalog:\n  backend: postgres\n  path: ${url}\n`);
    const env = { CATALOG_CATALOG__BACKEND: "postgres", CATALOG_CATALOG__PATH: url };
    const ways = [
      place.run(["config", "-c", file]),
      place.run(["config", "--json", "--verbose", "-c", file]),
      place.run(["config"], { env }),
      place.run(["config", "--set", "catalog.backend=postgres", "--set", `catalog.path=${url}`]),
      place.run(["config", "--set", "catalog.backend=postgres", "--catalog", url]),
      // Errors may show it no more than the command that is meant to.
      place.run(["stats", "-c", file]),
      place.run(["stats", "--catalog", url]),
      place.run(["config", "--set", `catalog.pth=${url}`]),
    ];
    for (const { stdout, stderr } of await Promise.all(ways)) {
      expect(stdout + stderr).not.toContain("hunter2");
      expect(stdout + stderr).not.toBe("");
    }
  });
});
