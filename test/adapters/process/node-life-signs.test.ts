import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSocketLifeSigns } from "../../../src/adapters/process/node-life-signs.ts";

const signs = createSocketLifeSigns();
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("A sign of life", () => {
  it("is there until it is ended, and leaves no name", async () => {
    const path = join(folder, "sign");
    const sign = await signs.show(path);
    expect(existsSync(path)).toBe(true);
    for (let time = 0; time < 3; time++) expect(await signs.isGone(path)).toBe(false);
    await sign?.end();
    expect(existsSync(path)).toBe(false);
    expect(await signs.isGone(path)).toBe(false);
  });

  it("ends with its process, whose name stays", async () => {
    const path = join(folder, "sign");
    const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("shown"))`;
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    expect(await signs.isGone(path)).toBe(false);
    child.kill("SIGSTOP");
    expect(await signs.isGone(path)).toBe(false);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(existsSync(path)).toBe(true);
    expect(await signs.isGone(path)).toBe(true);
  });

  it("ends with its process in a cluster, too, where a parent listens for others", async () => {
    const path = join(folder, "sign");
    const program = join(folder, "cluster.mjs");
    const sources = join(import.meta.dirname, "../../../src/adapters/process/node-life-signs.ts");
    await build({
      stdin: {
        contents: `
          import cluster from "node:cluster";
          import { createSocketLifeSigns } from ${JSON.stringify(sources)};
          if (cluster.isPrimary) {
            const worker = cluster.fork();
            worker.on("message", () => worker.process.kill("SIGKILL"));
            worker.on("exit", () => console.log("killed"));
            process.stdin.resume();
          } else process.send(String(await createSocketLifeSigns().show(${JSON.stringify(path)}) !== undefined));
        `,
        resolveDir: folder,
      },
      outfile: program,
      bundle: true,
      platform: "node",
      format: "esm",
    });
    const primary = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
    const exited = once(primary, "exit");
    await once(primary.stdout, "data");
    expect(existsSync(path)).toBe(true);
    expect(await signs.isGone(path)).toBe(true);
    primary.kill("SIGKILL");
    await exited;
  });

  it("keeps nobody connected, and no program from its end", async () => {
    const path = join(folder, "sign");
    const sign = await signs.show(path);
    const connection = connect(path);
    await once(connection.resume(), "close");
    await sign?.end();
  });

  it.each([
    ["the name is taken", () => writeFileSync(join(folder, "sign"), ""), "sign"],
    ["there is no folder", () => undefined, "none/sign"],
    ["the path is too long", () => mkdirSync(join(folder, "x".repeat(100))), `${"x".repeat(100)}/sign`],
  ])("cannot be shown where %s", async (_title, prepare, name) => {
    prepare();
    expect(await signs.show(join(folder, name))).toBeUndefined();
    if (name !== "sign") expect(await signs.isGone(join(folder, name))).toBe(false);
  });
});
