import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread, Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { createProcessTable, type MachineView } from "../../../src/adapters/process/_process-table.ts";
import { createNodeProcessTable } from "../../../src/adapters/process/node.ts";
import { createSocketLifeSigns } from "../../../src/adapters/process/node-life-signs.ts";
import { describeWith } from "../../components.ts";

const table = createNodeProcessTable();
const self = table.self();
const linux = existsSync("/proc/self/stat");
const children: ChildProcess[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly printed: string;
}

/** Starts a program, and waits until it has printed something. */
async function start(command: string, args: readonly string[]): Promise<Started> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  const [line] = child.stdout === null ? [] : await once(child.stdout, "data");
  return { child, pid: child.pid ?? Number.NaN, printed: String(line) };
}

/** A script that prints its pid and goes on until it is killed. */
const WAIT = "console.log(process.pid); setInterval(() => undefined, 60_000);";

describe("self", () => {
  it("names host and pid, and boot and start where there is /proc", () => {
    expect(self).toMatchObject({ host: hostname(), pid: process.pid });
    expect(self.bootId).toEqual(linux ? expect.stringMatching(/^[0-9a-f-]{36}$/) : null);
    expect(self.startedAt).toEqual(linux ? expect.stringMatching(/^\d+@\d+$/) : null);
    expect(createNodeProcessTable().self()).toEqual(self);
  });
});

describe("isAlive", () => {
  it("knows itself, with or without a starting time", () => {
    expect(table.isAlive(self)).toBe(true);
    expect(table.isAlive({ ...self, startedAt: null })).toBe(true);
  });

  it("cannot tell about another host or an unknown one", () => {
    expect(table.isAlive({ ...self, host: "elsewhere.example" })).toBeUndefined();
    expect(table.isAlive({ ...self, host: null })).toBeUndefined();
  });

  it("knows that nothing outlives the start of the machine", () => {
    expect(table.isAlive({ ...self, bootId: "00000000-0000-0000-0000-000000000000" })).toBe(linux ? false : undefined);
    expect(table.isAlive({ ...self, bootId: self.bootId === null ? "x" : null })).toBeUndefined();
  });

  it.each([null, 0, -1, 1.5, Number.NaN, 2 ** 60])("cannot tell about pid %s", (pid) => {
    expect(table.isAlive({ ...self, pid })).toBeUndefined();
  });

  it("knows a process that ran and is gone", async () => {
    const { child, pid } = await start(process.execPath, ["-e", WAIT]);
    expect(table.isAlive({ ...self, pid, startedAt: null })).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(table.isAlive({ ...self, pid, startedAt: null })).toBe(false);
  });

  it.runIf(linux)("takes a later process with the same pid for another", () => {
    expect(table.isAlive({ ...self, startedAt: `1@${self.startedAt?.split("@")[1]}` })).toBe(false);
    expect(table.isAlive({ ...self, startedAt: "1" })).toBe(false);
  });

  it.runIf(linux)("cannot tell about a process of another pid namespace", () => {
    expect(table.isAlive({ ...self, startedAt: `${self.startedAt?.split("@")[0]}@1` })).toBeUndefined();
  });

  it.runIf(linux)("reads the starting time of a process whose name looks like fields", async () => {
    const name = "a) Z 1 2 (b";
    const { pid } = await start(process.execPath, ["-e", `process.title = "${name}"; ${WAIT}`]);
    expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(`(${name})`);
    expect(table.isAlive({ ...self, pid })).toBe(false);
    expect(table.isAlive({ ...self, pid, startedAt: null })).toBe(true);
  });

  it("takes a process for alive that belongs to somebody else", () => {
    vi.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
    });
    expect(table.isAlive(self)).toBe(true);
  });

  it("takes a process for alive that answers and of which nothing more can be read", () => {
    vi.spyOn(process, "kill").mockReturnValue(true);
    expect(table.isAlive({ ...self, pid: 2 ** 31 - 1 })).toBe(true);
  });
});

describeWith("sh", "isAlive of what a shell left behind", (sh) => {
  it.runIf(linux)("counts a zombie as gone", async () => {
    // The shell starts a child, then becomes a program that never waits for it.
    const node = `'${process.execPath}' -e`;
    const script = `${node} '${WAIT}' >&2 & exec ${node} 'console.log(process.argv[1]); ${WAIT}' "$!"`;
    const { printed } = await start(sh.program, [...sh.words, "-c", script]);
    const pid = Number.parseInt(printed, 10);
    process.kill(pid, "SIGKILL");
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(") Z "));
    expect(table.isAlive({ ...self, pid, startedAt: null })).toBe(false);
  });
});

/** A thread that says who it is, and waits. */
async function startThread(): Promise<{ readonly worker: Worker; readonly thread: string }> {
  const script = `const { parentPort } = require("node:worker_threads");
    const { readFileSync, readlinkSync } = require("node:fs");
    const [, , tid] = readlinkSync("/proc/thread-self").split("/");
    const fields = readFileSync("/proc/thread-self/stat", "utf8").replace(/^.*\\) /s, "").split(" ");
    parentPort.postMessage(tid + "@" + fields[19]);
    setInterval(() => {}, 1000);`;
  const worker = new Worker(script, { eval: true });
  const [thread] = await once(worker, "message");
  return { worker, thread };
}

describeWith("proc", "Threads", () => {
  it("are known as long as they run", async () => {
    expect(self.thread).toBe(isMainThread ? null : expect.stringMatching(/^\d+@\d+$/));
    const { worker, thread } = await startThread();
    const other = { ...self, thread };
    expect(table.isAlive(other)).toBe(true);
    expect(table.isAlive({ ...other, thread: thread.replace(/@\d+$/, "@1") })).toBe(false);
    await worker.terminate();
    expect(table.isAlive(other)).toBe(false);
    // Of no thread that is known.
    for (const unknown of [null, undefined, "", "x@1"]) {
      expect(table.isAlive({ ...other, thread: unknown })).toBe(true);
    }
  });

  it("know of themselves, and of the first one", async () => {
    const built = await build({
      stdin: {
        contents: `import { parentPort } from "node:worker_threads";
          import { createNodeProcessTable } from "./src/adapters/process/node.ts";
          const { endIsSeen, self } = createNodeProcessTable();
          parentPort.postMessage({ endIsSeen, ...self() });`,
        resolveDir: join(import.meta.dirname, "../../.."),
      },
      bundle: true,
      write: false,
      platform: "node",
      format: "cjs",
    });
    const worker = new Worker(built.outputFiles[0]?.text ?? "", { eval: true });
    const [found] = await once(worker, "message");
    expect(found).toEqual({ endIsSeen: table.endIsSeen, ...self, thread: expect.stringMatching(/^\d+@\d+$/) });
  });
});

describe("whether its end is seen", () => {
  const MACHINE: MachineView = {
    host: "here",
    pid: 7,
    isMainThread: true,
    hasProc: true,
    lifeSigns: createSocketLifeSigns(),
    procPath: "/proc",
    readText: (path) => TEXTS[path] ?? null,
    readLink: (path) => LINKS[path] ?? null,
    isMissing: (path) => path.endsWith("/6"),
    hasProcess: () => true,
  };
  const STAT = `7 (node) S ${"0 ".repeat(18)}99 0`;
  const TEXTS: Readonly<Record<string, string>> = {
    "/proc/sys/kernel/random/boot_id": "boot",
    "/proc/7/stat": STAT,
    "/proc/7/task/8/stat": STAT,
  };
  const LINKS: Readonly<Record<string, string>> = {
    "/proc/self/ns/pid": "pid:[4026531836]",
    "/proc/thread-self": "7/task/8",
  };
  const unreadable = (): string | null => null;
  const inContainer = (path: string): string | null => (path.endsWith("ns/pid") ? "pid:[4026532000]" : "7/task/8");

  it.each([
    ["of the first thread", {}, true],
    ["of a thread that has a number", { isMainThread: false }, true],
    ["of a thread that has none", { isMainThread: false, readLink: () => "pid:[4026531836]" }, false],
    ["in a container", { readLink: inContainer }, false],
    ["on a host without a name", { host: null }, false],
    ["where /proc cannot be read", { readText: unreadable }, false],
    ["where the pid namespace cannot be read", { readLink: unreadable }, false],
    ["where there is no /proc", { hasProc: false, readText: unreadable, readLink: unreadable }, true],
    [
      "of a thread where there is no /proc",
      { hasProc: false, isMainThread: false, readText: unreadable, readLink: unreadable },
      false,
    ],
  ])("%s", (_title, view, seen) => {
    expect(createProcessTable({ ...MACHINE, ...view }).endIsSeen).toBe(seen);
  });

  it.each([
    ["that runs", "8@99", true],
    ["that has the number of another", "8@98", false],
    ["that is not there", "6@99", false],
    ["of which nothing can be read", "5@99", true],
  ])("tells of a thread %s", (_title, thread, alive) => {
    const other = createProcessTable(MACHINE);
    expect(other.isAlive({ ...other.self(), thread })).toBe(alive);
  });

  it("shows signs of life only where others know that they are on the same machine", () => {
    expect(createProcessTable(MACHINE).lifeSigns).toBeDefined();
    expect(createProcessTable({ ...MACHINE, readText: unreadable }).lifeSigns).toBeUndefined();
    expect(createProcessTable({ ...MACHINE, lifeSigns: undefined }).lifeSigns).toBeUndefined();
  });
});

describe("without all of /proc", () => {
  const folder = mkdtempSync(join(tmpdir(), "proc-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("goes by host and pid alone", () => {
    const bare = createNodeProcessTable({ procPath: join(folder, "missing") });
    const self = { host: hostname(), bootId: null, pid: process.pid, startedAt: null, thread: null };
    expect(bare.self()).toEqual(self);
    expect(bare.isAlive(bare.self())).toBe(true);
    expect(bare.isAlive({ ...bare.self(), bootId: "known" })).toBeUndefined();
    expect(bare.isAlive({ ...bare.self(), startedAt: "5@1" })).toBeUndefined();
  });

  it("tells processes apart by start alone where the pid namespace cannot be read", () => {
    const fields = ["(node)", "S", ...Array.from({ length: 18 }, () => "0"), "777", "0"];
    mkdirSync(join(folder, String(process.pid)));
    writeFileSync(join(folder, String(process.pid), "stat"), `${process.pid} ${fields.join(" ")}\n`);
    const bare = createNodeProcessTable({ procPath: folder });
    expect(bare.self().startedAt).toBe("777");
    expect(bare.isAlive(bare.self())).toBe(true);
    expect(bare.isAlive({ ...bare.self(), startedAt: "776" })).toBe(false);
  });
});
