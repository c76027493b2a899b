import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/adapters/clock/system.ts";
import { EXIT_CODE_TEXTS } from "../../src/cli/exit-codes.ts";
import type { CliHost } from "../../src/cli/host.ts";
import { VERBS } from "../../src/cli/verbs/all.ts";
import { createVerb, type VerbModule } from "../../src/cli/verbs/verb.ts";
import { VERSION } from "../../src/cli/version.ts";
import { CatalogError } from "../../src/errors.ts";
import { openNodeCatalog } from "../../src/hosts/node.ts";
import { collectStream, makeFolder, runCli } from "./test-host.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeEach(async () => {
  folder = await makeFolder();
});

afterEach(() => folder.remove());

const OPEN: CliHost["openCatalog"] = ({ settings, mode, logger }) => openNodeCatalog(settings, mode, { logger });

/** A catalog that fails in `method`. */
function failingIn(method: "stats" | "close", error: unknown): CliHost["openCatalog"] {
  return async (request) => {
    const catalog = await OPEN(request);
    const { close } = catalog;
    return Object.assign(Object.create(catalog), {
      stats: (...args: Parameters<typeof catalog.stats>) =>
        method === "stats" ? Promise.reject(error) : catalog.stats(...args),
      close: async () => {
        await close.call(catalog);
        if (method === "close") throw error;
      },
    });
  };
}

describe("help and version", () => {
  it("has the version of the package", async () => {
    const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
    expect(JSON.parse(text).version).toBe(VERSION);
  });

  it("shows the version", async () => {
    expect(await runCli(folder.path, ["--version"])).toMatchObject({
      exitCode: 0,
      stdout: "content-catalog 1.2.3\n",
      stderr: "",
    });
  });

  it("shows the help of everything without a command", async () => {
    const { exitCode, stdout } = await runCli(folder.path, []);
    expect(exitCode).toBe(0);
    for (const { verb, summary } of VERBS) expect(stdout).toMatch(new RegExp(`  ${verb} +${summary}`));
    expect(await runCli(folder.path, ["help"])).toMatchObject({ stdout });
  });

  it.each(VERBS.map((definition) => [definition.verb, definition] as const))(
    "shows the help of %s with flags, examples and exit codes",
    async (verb, { flags, examples, arguments: words }) => {
      const { exitCode, stdout } = await runCli(folder.path, ["help", verb]);
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`Usage: catalog ${verb}`);
      for (const { name } of [...flags, { name: "config" }]) expect(stdout).toContain(`--${name}`);
      for (const { name } of words) expect(stdout).toContain(name);
      for (const [example] of examples) expect(stdout).toContain(`$ catalog ${example}`);
      for (const [code] of EXIT_CODE_TEXTS) expect(stdout).toMatch(new RegExp(`^ +${code}  `, "m"));
      expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
      expect(await runCli(folder.path, [verb, "--help"])).toMatchObject({ stdout });
    },
  );

  it("leaves empty sections out", async () => {
    const { formatCommandHelp } = await import("../../src/cli/help.ts");
    const help = formatCommandHelp({ verb: "v", summary: "s", arguments: [], flags: [], examples: [] });
    expect(help).not.toContain("Examples");
    expect(help).not.toContain("Arguments");
    expect(help).toContain("Usage: catalog v\n");
  });
});

describe("errors", () => {
  it("names the nearest command, flag and choice", async () => {
    expect(await runCli(folder.path, ["serch"])).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: 'error: Cannot run "serch": there is no such command\nhint: Did you mean "search"?\n',
    });
    expect((await runCli(folder.path, ["search", "--limt", "1"])).stderr).toContain('Did you mean "--limit"?');
    expect((await runCli(folder.path, ["search", "--sort", "size"])).stderr).toContain("expected id, created_at");
    expect((await runCli(folder.path, ["search", "--order", "ascendin"])).stderr).toContain('mean "ascending"?');
    expect((await runCli(folder.path, ["xyzzyxyzzy"])).stderr).toContain('"catalog help" lists all commands');
  });

  it("gives errors as JSON when asked, wherever the flag stands", async () => {
    const { exitCode, stdout, errorLines } = await runCli(folder.path, ["serch", "--json"]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(errorLines).toEqual([
      { type: "error", code: "USAGE", message: expect.stringContaining("serch"), hint: 'Did you mean "search"?' },
    ]);
    expect((await runCli(folder.path, ["show", "--", "--json"])).errorLines).toEqual([]);
  });

  it("sends whoever has no catalog to the commands that make one, and makes none", async () => {
    for (const verb of [
      ["stats"],
      ["show", "1"],
      ["search"],
      ["where", "abcd"],
      ["variants", "1"],
      ["remove", "1"],
      ["dedup-report"],
      ["checkpoint"],
    ]) {
      const { exitCode, stderr } = await runCli(folder.path, verb);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`there is no such catalog\nhint: Run "catalog init" or "catalog import-manifest PATH"`);
    }
    await expect(access(join(folder.path, "state"))).rejects.toThrow();
  });

  it("refuses a catalog that is disabled", async () => {
    const { exitCode, stderr } = await runCli(folder.path, ["init", "--set", "catalog=false"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("it is disabled by flag --set catalog");
    const config = await runCli(folder.path, ["stats", "--set", "storage.nope=1"]);
    expect([config.exitCode, config.stderr]).toEqual([2, expect.stringContaining("storage.nope")]);
  });

  it("refuses a file that is no catalog", async () => {
    await writeFile(join(folder.path, "x.sqlite"), "x".repeat(5000));
    expect((await runCli(folder.path, ["stats", "--catalog", "x.sqlite"])).exitCode).toBe(12);
  });

  it("shows the stack of what nobody expected only when verbose", async () => {
    await runCli(folder.path, ["init"]);
    const parts = { openCatalog: failingIn("stats", new TypeError("x is undefined")) };
    const short = await runCli(folder.path, ["stats"], parts);
    expect([short.exitCode, short.stdout]).toEqual([5, ""]);
    expect(short.stderr).toBe(
      "error: TypeError: x is undefined\nhint: This should not happen; --verbose shows where it did.\n",
    );
    const long = await runCli(folder.path, ["stats", "--verbose", "--json"], parts);
    expect(long.errorLines.at(-1)).toMatchObject({ code: "UNEXPECTED", trace: expect.stringContaining("run.test.ts") });
    const text = await runCli(folder.path, ["stats"], { openCatalog: failingIn("stats", "a text") });
    expect(text.stderr).toContain("error: a text\n");
    expect((await runCli(folder.path, ["stats", "--verbose"], { openCatalog: failingIn("stats", "t") })).exitCode).toBe(
      5,
    );
  });

  it("shows causes when verbose", async () => {
    await runCli(folder.path, ["init"]);
    const cause = new Error("disk on fire");
    const error = new CatalogError("BACKEND", "Cannot read", { details: { what: "x" }, cause });
    const parts = { openCatalog: failingIn("stats", error) };
    expect((await runCli(folder.path, ["stats", "--verbose"], parts)).stderr).toContain(
      "  caused by Error: disk on fire",
    );
    expect((await runCli(folder.path, ["stats"], parts)).stderr).toBe("error: Cannot read\n");
    const bare = Object.assign(new Error("no stack"), { stack: undefined });
    const { stderr } = await runCli(folder.path, ["stats", "--verbose"], { openCatalog: failingIn("stats", bare) });
    expect(stderr).toContain("\n  no stack\n");
    const { stderr: plain } = await runCli(folder.path, ["serch", "--verbose"]);
    expect(plain.split("\n")).toHaveLength(3);
  });

  it("says nothing is done when the catalog cannot be closed", async () => {
    const openCatalog = failingIn("close", new CatalogError("NO_SPACE", "Cannot write", { details: { path: "x" } }));
    const result = await runCli(folder.path, ["init"], { openCatalog });
    expect(result).toMatchObject({ exitCode: 5, stdout: "", stderr: "error: Cannot write\n" });
  });

  it("lets outside text reach no terminal", async () => {
    await runCli(folder.path, ["init"]);
    const evil = "\u001b[2Ja\nb\u202e";
    for (const argv of [[evil], ["show", evil], [`--${evil}`], ["search", "--limit", evil], ["stats", "-c", evil]]) {
      const { stdout, stderr } = await runCli(folder.path, ["--no-color", ...argv], { terminal: true });
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(stdout + stderr).toContain("\\x1b[2Ja\\nb\\u{202e}");
    }
  });
});

describe("the end of a pipe and interruption", () => {
  function brokenPipe(): CliHost["stdout"] {
    const write = async (): Promise<void> => {
      throw Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    };
    return { write, isTerminal: false, columns: undefined };
  }

  it("takes a reader that went away for success", async () => {
    await runCli(folder.path, ["init"]);
    for (const argv of [["stats"], ["config"], ["config", "--json"], ["--help"], ["--version", "--json"]]) {
      expect(await runCli(folder.path, argv, { stdout: brokenPipe() })).toMatchObject({ exitCode: 0, stderr: "" });
    }
  });

  it("takes the progress away then, too", async () => {
    const stderr = collectStream({ isTerminal: true, columns: 80 });
    const definition = { verb: "talk", summary: "", arguments: [], flags: [], examples: [] } as const;
    const run: VerbModule<typeof definition>["run"] = async function* ({ progress }) {
      progress({ done: 1, total: 2, text: "half of it", fields: {} });
      while (!stderr.text().includes("half of it")) await systemClock.sleep(5);
      yield { items: () => [], blocks: () => [{ block: "line", text: "said" }] };
      return { exitCode: 0, summary: {} };
    };
    const verbs = [createVerb(definition, async () => ({ run }))];
    expect(await runCli(folder.path, ["talk"], { stdout: brokenPipe(), stderr, verbs })).toMatchObject({ exitCode: 0 });
    expect(stderr.text().endsWith("\r\u001b[2K")).toBe(true);
  });

  it("takes a full disk under standard output for a failure", async () => {
    const write = async (): Promise<void> => {
      throw Object.assign(new Error("write ENOSPC"), { code: "ENOSPC" });
    };
    const stdout = { write, isTerminal: false, columns: undefined };
    const { exitCode, stderr } = await runCli(folder.path, ["config"], { stdout });
    expect(exitCode).toBe(5);
    expect(stderr).toContain('Cannot write "standard output": no space is left');
  });

  it("ends with 130 when it is interrupted", async () => {
    await runCli(folder.path, ["init"]);
    const onInterrupt = (callback: () => void): void => callback();
    const result = await runCli(folder.path, ["stats", "--json"], { onInterrupt });
    expect(result).toMatchObject({ exitCode: 130, stdout: "" });
    expect(result.errorLines).toMatchObject([{ type: "error", code: "INTERRUPTED" }]);
    expect((await runCli(folder.path, ["config"], { onInterrupt })).exitCode).toBe(130);
  });

  it("knows an interruption by its name as well, and an abort of others as none", async () => {
    await runCli(folder.path, ["init"]);
    let interrupt = (): void => {};
    const abort = new DOMException("aborted", "AbortError");
    const parts = (early: boolean): { openCatalog: CliHost["openCatalog"]; onInterrupt: CliHost["onInterrupt"] } => ({
      onInterrupt: (callback) => {
        interrupt = callback;
      },
      openCatalog: async () => {
        if (early) interrupt();
        throw abort;
      },
    });
    expect((await runCli(folder.path, ["stats"], parts(true))).exitCode).toBe(130);
    expect((await runCli(folder.path, ["stats"], parts(false))).exitCode).toBe(5);
  });
});

describe("how things are printed", () => {
  it("uses colours on a terminal, unless told otherwise", async () => {
    const color = async (argv: readonly string[], env: CliHost["env"]): Promise<boolean> =>
      (await runCli(folder.path, ["config", ...argv], { terminal: true, columns: 200, env })).stdout.includes(
        "\u001b[",
      );
    expect(await color([], {})).toBe(true);
    expect(await color([], undefined)).toBe(true);
    expect(await color([], { NO_COLOR: "" })).toBe(true);
    expect(await color([], { NO_COLOR: "1" })).toBe(false);
    expect(await color([], { TERM: "dumb" })).toBe(false);
    expect(await color(["--no-color"], {})).toBe(false);
    expect((await runCli(folder.path, ["config"])).stdout).not.toContain("\u001b[");
  });

  it("lets log lines through by level", async () => {
    const openCatalog: CliHost["openCatalog"] = async (request) => {
      for (const level of ["debug", "info", "warn", "error"] as const)
        request.logger.log(level, `m-${level}`, { n: 1 });
      return OPEN(request);
    };
    const levels = async (...flags: string[]): Promise<string[]> => {
      const { stderr } = await runCli(folder.path, ["init", ...flags], { openCatalog });
      return stderr.match(/m-\w+/g) ?? [];
    };
    expect(await levels()).toEqual(["m-warn", "m-error"]);
    expect(await levels("--quiet")).toEqual(["m-error"]);
    expect(await levels("--verbose")).toEqual(["m-debug", "m-info", "m-warn", "m-error"]);
    expect((await runCli(folder.path, ["init"], { openCatalog })).stderr).toContain("warning: m-warn n=1\n");
    for (const flag of ["--log-json", "--json"]) {
      const { errorLines } = await runCli(folder.path, ["init", flag], { openCatalog });
      expect(errorLines).toMatchObject([{ level: "warn", fields: { n: 1 } }, { level: "error" }]);
    }
  });

  it("never throws, also when standard error is closed", async () => {
    const stderr = collectStream();
    stderr.write = async () => {
      throw Object.assign(new Error("EPIPE"), { code: "EPIPE" });
    };
    expect((await runCli(folder.path, ["serch"], { stderr })).exitCode).toBe(2);
    expect((await runCli(folder.path, ["serch", "--json"], { stderr })).exitCode).toBe(2);
  });
});
