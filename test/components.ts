import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

/** The name of something optional, which some suites need and not every machine has. */
export type Component =
  | "sh"
  | "npx"
  | "mkfifo"
  | "permissions"
  | "root"
  | "mounts"
  | "proc"
  | "containers"
  | "disks"
  | "ext4"
  | "xfs"
  | "btrfs"
  | "exfat"
  | "ntfs"
  | "power-loss"
  | "strace"
  | "terminal"
  | "sqlite3"
  | "bash"
  | "zsh"
  | "fish"
  | "chromium"
  | "git";

/** Each finds its component, or gives `undefined`. */
const COMPONENTS: Readonly<Record<Component, () => readonly string[] | undefined>> = {
  sh: () => (works([], "true") ? ["sh"] : undefined),
  /** A shell that finds npx. */
  npx: () => (works([], "npx --version") ? ["sh"] : undefined),
  mkfifo: () => (works([], "command -v mkfifo") ? ["mkfifo"] : undefined),
  /** A way to start a program that the modes of files hold for, even when the tests run as root. */
  permissions: findPermissions,
  /** The right to give files away. */
  root: () => (process.getuid?.() === 0 ? ["env"] : undefined),
  /** A way to start a shell that may mount things which nobody else sees. */
  mounts: findMounts,
  /** Linux's proc(5), which numbers threads. */
  proc: () => (existsSync("/proc/thread-self/stat") ? ["env"] : undefined),
  /** A way to start a program in a pid namespace of its own, as in a container, that ends with what started it. */
  containers: findContainers,
  /** The right to mount disks where all programs see them. */
  disks: () => findDisks(),
  ext4: () => findDisks("mkfs.ext4", "losetup"),
  xfs: () => findDisks("mkfs.xfs", "losetup", "filefrag"),
  btrfs: () => findDisks("mkfs.btrfs", "losetup", "filefrag"),
  exfat: () => findDisks("mkfs.exfat", "mount.exfat-fuse", "losetup"),
  ntfs: () => findDisks("mkntfs", "lowntfs-3g"),
  /** A way to make a disk whose writes a program sees. */
  "power-loss": () => findDisks("nbdfuse", "fusermount3", "losetup", "mkfs.ext4", "mkfs.xfs", "mkfs.btrfs"),
  /** A way to make the system calls of a program fail. */
  strace: () => (works(["strace", "-qq", "-o", "/dev/null"], "true") ? ["strace"] : undefined),
  /** A way to run a line of the shell as on a terminal. */
  terminal: findTerminal,
  sqlite3: () => findProgram("sqlite3"),
  bash: () => findProgram("bash"),
  zsh: () => findProgram("zsh"),
  fish: () => findProgram("fish"),
  chromium: () => findProgram("chromium"),
  /** A way to ask what is in the repository. */
  git: () => (works(["env"], "git rev-parse --is-inside-work-tree") ? ["git"] : undefined),
};

const AS_ROOT = "run the tests as root, where that may mount";

/** How to get what is missing. */
const REMEDIES: Readonly<Record<Component, string>> = {
  sh: "install a POSIX shell as sh (package dash)",
  npx: "install npx, which comes with npm, and a POSIX shell as sh (package dash)",
  mkfifo: "install the package coreutils",
  permissions: "run the tests as an ordinary user, or install setpriv (package util-linux)",
  root: "run the tests as root",
  mounts: "run the tests as root, or where users may make namespaces, with unshare (package util-linux)",
  proc: "run the tests on Linux, with /proc mounted",
  containers: "run the tests as root, or where users may make namespaces, with unshare (package util-linux)",
  disks: `${AS_ROOT}, with unshare (package util-linux)`,
  ext4: `${AS_ROOT}, and install e2fsprogs`,
  xfs: `${AS_ROOT}, and install xfsprogs and e2fsprogs`,
  btrfs: `${AS_ROOT}, and install btrfs-progs and e2fsprogs`,
  exfat: `${AS_ROOT}, and install exfat-fuse and exfatprogs`,
  ntfs: `${AS_ROOT}, and install ntfs-3g`,
  "power-loss": `${AS_ROOT}, and install libnbd-bin, fuse3, e2fsprogs, xfsprogs and btrfs-progs`,
  strace: "install the package strace, and allow ptrace",
  terminal: "install script as Linux has it (package bsdutils)",
  sqlite3: "install the package sqlite3",
  bash: "install the package bash",
  zsh: "install the package zsh",
  fish: "install the package fish",
  chromium: "install the package chromium",
  git: "install the package git, and test in a clone",
};

const found = new Map<Component, readonly string[] | undefined>();

/** The words that a command line with this component begins with; `undefined` where it is missing. */
function findComponent(component: Component): readonly string[] | undefined {
  if (!found.has(component)) found.set(component, COMPONENTS[component]());
  return found.get(component);
}

function findProgram(name: string): readonly string[] | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  for (const folder of folders) {
    const path = join(folder, name);
    if (spawnSync(path, ["--version"], { stdio: "ignore" }).status === 0) return [path];
  }
  return undefined;
}

function findPermissions(): readonly string[] | undefined {
  if (process.platform === "win32") return undefined;
  if (process.getuid?.() !== 0) return works(["env"], "true") ? ["env"] : undefined;
  // Root without its capabilities is a user like any other.
  const prefix = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
  return works(prefix, "true") ? prefix : undefined;
}

function findMounts(): readonly string[] | undefined {
  const folder = mkdtempSync(join(tmpdir(), "content-catalog-mount-"));
  try {
    const prefixes = [
      ["unshare", "--mount"],
      ["unshare", "--map-root-user", "--mount"],
    ];
    return prefixes.find((prefix) => works(prefix, `command -v cp && mount -t tmpfs -o size=1m tmpfs '${folder}'`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function findContainers(): readonly string[] | undefined {
  const words = ["--pid", "--fork", "--kill-child", "--mount-proc"];
  const prefixes = [
    ["unshare", ...words],
    ["unshare", "--map-root-user", ...words],
  ];
  return prefixes.find((prefix) => works(prefix, "test -e /proc/1/stat"));
}

/** Nothing comes before what a test runs itself. */
function findDisks(...programs: readonly string[]): readonly string[] | undefined {
  if (findComponent("mounts")?.[1] !== "--mount" || process.getuid?.() !== 0) return undefined;
  const there = ["awk", "tac", ...programs].map((program) => `command -v ${program}`).join(" && ");
  return works(["env"], there) ? ["env"] : undefined;
}

function findTerminal(): readonly string[] | undefined {
  const prefix = ["script", "--quiet", "--return", "--command"];
  const { status } = spawnSync("script", [...prefix.slice(1), "env test -t 1", "/dev/null"], { stdio: "ignore" });
  return status === 0 ? prefix : undefined;
}

function works(prefix: readonly string[], script: string): boolean {
  const [program = "", ...words] = [...prefix, "sh", "-c", script];
  return spawnSync(program, words, { stdio: "ignore" }).status === 0;
}

/** The program of a component, with the words that belong before those of a test. */
export interface Starter {
  readonly program: string;
  readonly words: readonly string[];
}

/**
 * A suite for machines that have a component. Elsewhere it has one test, which says what is missing and is skipped, and
 * `npm test` names the suite at its end; with `REQUIRE_ALL_COMPONENTS=1` that test fails instead.
 */
export function describeWith(component: Component, name: string, body: (starter: Starter) => void): void {
  const words = findComponent(component);
  if (words !== undefined) {
    const [program = "", ...rest] = words;
    describe(name, () => body({ program, words: rest }));
    return;
  }
  const reason = `it needs ${component}: ${REMEDIES[component]}`;
  const isRequired = process.env["REQUIRE_ALL_COMPONENTS"] === "1";
  // A file without a suite would count as one that failed.
  describe(name, () => {
    it(reason, { skip: !isRequired }, () => {
      throw new Error(`Cannot run the suite "${name}": ${reason}`);
    });
  });
  const list = process.env["LEFT_OUT_FILE"];
  const file = relative(process.cwd(), expect.getState().testPath ?? "");
  if (list !== undefined && !isRequired) appendFileSync(list, `${file}: ${name}: ${reason}\n`);
}

/** What a program prints. @throws when it fails */
export function outputOf({ program, words }: Starter, more: readonly string[], cwd?: string): string {
  return execFileSync(program, [...words, ...more], { encoding: "utf8", cwd, stdio: ["ignore", "pipe", "pipe"] });
}
