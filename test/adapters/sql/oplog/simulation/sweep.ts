import type { DiskFault } from "../../../../../src/testing/simulation/power-loss-disk.ts";
import { type SampleOptions, tryCases } from "../../../../sampling.ts";
import { type Actor, Stage, type StageOptions } from "./stage.ts";

/** What somebody does who has the catalog open. */
export type Work = (actor: Actor) => Promise<void>;

/** Everything that changes files, each from its beginning to its end. */
export const WORKS: { readonly [name: string]: Work } = {
  "open and add": async (actor) => {
    await actor.open();
    await actor.add(`${actor.name}-first`);
  },
  add: (actor) => actor.add(`${actor.name}-added`),
  checkpoint: (actor) => actor.checkpoint(),
  "checkpoint into one file": (actor) => actor.checkpoint(true),
  "add and close": async (actor) => {
    await actor.add(`${actor.name}-last`);
    await actor.close();
  },
};

/** Which steps of a work are tried, and how. */
export interface SweepOptions extends SampleOptions {
  readonly survivors: number;
  /** The newest schema that those who come last know. @default 1 */
  readonly knows?: number | undefined;
}

async function prepare(options: StageOptions, ...names: readonly string[]): Promise<readonly [Stage, ...Actor[]]> {
  const stage = new Stage(options);
  const first = await stage.open("first");
  await first.run(() => first.add("k0"));
  first.kill();
  const actors: Actor[] = [];
  for (const name of names) actors.push(await stage.open(name));
  return [stage, ...actors];
}

/** The power fails at each step of `work`; or only the process is killed. */
export function crashAtEachStep(work: Work, options: SweepOptions): Promise<number> {
  return tryCases(options, async (step) => {
    const { survivors, knows } = options;
    const [stage, actor] = (await prepare({ lockMode: "correct", survivors, knows }, "actor")) as [Stage, Actor];
    actor.start(() => work(actor));
    const more = await actor.steps(step);
    await stage.crash();
    actor.kill();
    await stage.kill();
    return more;
  });
}

/** At each step of `work` another does `meanwhile` from beginning to end, without a lock. */
export function interruptAtEachStep(work: Work, meanwhile: Work, options: SweepOptions): Promise<number> {
  return tryCases(options, async (step) => {
    const { survivors, knows } = options;
    const [stage, slow, quick] = (await prepare({ survivors, knows }, "slow", "quick")) as [Stage, Actor, Actor];
    slow.start(() => work(slow));
    const more = await slow.steps(step);
    await quick.run(() => meanwhile(quick));
    await stage.crash();
    await slow.finish();
    const guest = await stage.open("guest", { knows });
    await guest.run(() => guest.look());
    await stage.crash();
    return more;
  });
}

/** The file operation at each step of `work` fails, once or from then on; when the cause is gone all goes on. */
export function failAtEachStep(
  work: Work,
  { fault, times, ...options }: SweepOptions & { readonly fault: DiskFault; readonly times: number | undefined },
): Promise<number> {
  return tryCases(options, async (step) => {
    const { survivors, knows } = options;
    const [stage, actor] = (await prepare({ lockMode: "correct", survivors, knows }, "actor")) as [Stage, Actor];
    const at = fault === "EIO" ? /./ : /^(write|mkdir|link) /;
    stage.failing({ at, fault, times, after: step, actor });
    await actor.attempt(() => work(actor));
    await stage.crash();
    const failed = stage.mend();
    const other = await stage.open("other", { knows });
    await other.run(() => other.look());
    if (actor.isOpen) {
      await actor.run(() => actor.addForSure("again"));
      await other.run(() => other.look());
      await actor.attempt(() => actor.close());
    }
    // A known limit: nobody could tell others that the log cannot be trusted.
    if (stage.syncFailed && times === undefined) return failed;
    // What could not be given up is free when the process is gone.
    actor.kill();
    await other.run(() => other.addForSure("after"));
    await stage.crash();
    return failed;
  });
}
