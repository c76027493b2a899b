import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Chooser } from "../../src/testing/simulation/chooser.ts";
import { builtFile } from "../package/built-package.ts";
import { type StartedProgram, startProgram } from "./started-program.ts";

const PROGRAM = fileURLToPath(new URL("collect-program.mjs", import.meta.url));

/** How many lines it may print before it is killed, and how many milliseconds later. */
const LINES = 12;
const LATER_MS = 25;

/** A process that collects and is killed, again and again. */
export class KilledCollector {
  readonly #options: object;
  readonly #choose: Chooser["choose"];
  #program: StartedProgram | undefined;
  #isOver = false;
  kills = 0;
  collected = 0;
  readonly findings: string[] = [];

  /** `options` are those of `openCatalog`. */
  constructor(options: object, choose: Chooser["choose"]) {
    this.#options = options;
    this.#choose = choose;
  }

  /** Goes on until {@link stop}. */
  async run(): Promise<void> {
    while (!this.#isOver) await this.#runOnce();
  }

  /** Kills the one that runs, and starts no other. */
  stop(): void {
    this.#isOver = true;
    this.#program?.kill();
  }

  async #runOnce(): Promise<void> {
    const last = 1 + this.#choose(LINES);
    const later = this.#choose(LATER_MS);
    const task = JSON.stringify({ entry: builtFile("node.mjs"), options: this.#options });
    const program = startProgram([PROGRAM, task], (count) => {
      if (count === last) void wait(later).then(program.kill);
    });
    this.#program = program;
    const end = await program.ended;
    this.kills += 1;
    const done = program.lines.filter((line) => !/^(?:plan|finding) /.test(line));
    this.collected += done.length;
    if (end !== "SIGKILL") this.findings.push(`a collector ended with ${end}: ${program.stderr()}`);
    this.findings.push(...program.lines.filter((line) => line.startsWith("finding failed")));
  }
}
