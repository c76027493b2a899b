import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, it } from "vitest";

/** The name of something optional, which some suites need and not every machine has. */
export type Component =
  | "permissions"
  | "root"
  | "mounts"
  | "disks"
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
  /** A way to start a program that the modes of files hold for, even when the tests run as root. */
  permissions: findPermissions,
  /** The right to give files away. */
  root: () => (process.getuid?.() === 0 ? ["env"] : undefined),
  /** A way to start a shell that may mount things which nobody else sees. */
  mounts: findMounts,
  /** The right to mount disks where all programs see them. */
  disks: () => findDisks(),
  xfs: () => findDisks("mkfs.xfs", "losetup"),
  btrfs: () => findDisks("mkfs.btrfs", "losetup"),
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
  permissions: "run the tests as an ordinary user, or install setpriv (package util-linux)",
  root: "run the tests as root",
  mounts: "run the tests as root, or where users may make namespaces, with unshare (package util-linux)",
  disks: `${AS_ROOT}, with unshare (package util-linux)`,
  xfs: `${AS_ROOT}, and install xfsprogs`,
  btrfs: `${AS_ROOT}, and install btrfs-progs`,
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
  if (process.getuid?.() !== 0) return ["env"];
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
    return prefixes.find((prefix) => works(prefix, `mount -t tmpfs -o size=1m tmpfs '${folder}'`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Nothing comes before what a test runs itself. */
function findDisks(...programs: readonly string[]): readonly string[] | undefined {
  if (findComponent("mounts")?.[1] !== "--mount" || process.getuid?.() !== 0) return undefined;
  const there = programs.map((program) => `command -v ${program}`).join(" && ");
  return works(["env"], there === "" ? "true" : there) ? ["env"] : undefined;
}

function findTerminal(): readonly string[] | undefined {
  const prefix = ["script", "--quiet", "--return", "--command"];
  const { status } = spawnSync("script", [...prefix.slice(1), "test -t 1", "/dev/null"], { stdio: "ignore" });
  return status === 0 ? prefix : undefined;
}

function works([program = "", ...words]: readonly string[], script: string): boolean {
  return spawnSync(program, [...words, "sh", "-c", script], { stdio: "ignore" }).status === 0;
}

/** The program of a component, with the words that belong before those of a test. */
export interface Starter {
  readonly program: string;
  readonly words: readonly string[];
}

/**
 * A suite for machines that have a component. Elsewhere it is left out, which `npm test` tells at its end; with
 * `REQUIRE_ALL_COMPONENTS=1` it fails instead.
 */
export function describeWith(component: Component, name: string, body: (starter: Starter) => void): void {
  const words = findComponent(component);
  if (words !== undefined) {
    const [program = "", ...rest] = words;
    describe(name, () => body({ program, words: rest }));
    return;
  }
  const reason = `it needs ${component}: ${REMEDIES[component]}`;
  if (process.env["REQUIRE_ALL_COMPONENTS"] === "1") {
    describe(name, () => {
      it("has what it needs", () => {
        throw new Error(`Cannot run the suite "${name}": ${reason}`);
      });
    });
    return;
  }
  const list = process.env["LEFT_OUT_FILE"];
  if (list !== undefined) appendFileSync(list, `${name}: ${reason}\n`);
}

/** What a program prints. @throws when it fails */
export function outputOf({ program, words }: Starter, more: readonly string[], cwd?: string): string {
  return execFileSync(program, [...words, ...more], { encoding: "utf8", cwd, stdio: ["ignore", "pipe", "pipe"] });
}
