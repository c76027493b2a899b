import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** Waits for lines to run; at the end of its input, which comes also when this process is killed, it tidies up. */
const KEEPER = `
mount -t tmpfs -o size=1g tmpfs "$1"
cd "$1"
tidy() {
  cd /
  awk -v folder="$1" '$2 == folder || index($2, folder "/") == 1 { print $2 }' /proc/mounts | tac | while read -r path; do
    umount "$path" || umount --lazy "$path"
  done
  rm -rf "$1"
}
trap '' INT TERM HUP
trap 'tidy "$1"' EXIT
echo done
while read -r line; do (eval "set -e; $line") >&2 </dev/null && echo done || echo failed; done
`;

/** A temporary folder in memory for mounting things in, which goes with the process that made it, however that ends. */
export class KeptFolder {
  readonly path: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #answers: string[] = [];
  #messages = "";
  #wake: (() => void) | undefined;

  private constructor(path: string) {
    this.path = path;
    // Detached, so that what interrupts the tests from the terminal leaves it time to tidy up.
    this.#child = spawn("sh", ["-c", KEEPER, "sh", path], { stdio: ["pipe", "pipe", "pipe"], detached: true });
    this.#read(this.#child.stdout, (text) => this.#answers.push(...text.split("\n").filter((line) => line !== "")));
    this.#read(this.#child.stderr, (text) => {
      this.#messages += text;
    });
    this.#ended = once(this.#child, "exit").finally(() => this.#wake?.());
  }

  /** A new folder; its name says what for. */
  static async create(name: string): Promise<KeptFolder> {
    const folder = new KeptFolder(await realpath(await mkdtemp(join(tmpdir(), `content-catalog-${name}-`))));
    await folder.#expectDone("start");
    return folder;
  }

  /** Runs a line of the shell in the folder, one at a time. @throws when a command of it fails */
  async shell(line: string): Promise<void> {
    this.#messages = "";
    this.#child.stdin?.write(`${line}\n`);
    await this.#expectDone(line);
  }

  /** Unmounts everything in it and removes it. */
  async remove(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }

  #read(stream: Readable | null, take: (text: string) => void): void {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      take(text);
      this.#wake?.();
    });
  }

  async #expectDone(line: string): Promise<void> {
    while (this.#answers.length === 0 && this.#child.exitCode === null && this.#child.signalCode === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#answers.shift() !== "done") throw new Error(`Cannot run "${line}": ${this.#messages}`);
  }
}
