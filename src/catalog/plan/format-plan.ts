import { formatPlanAction, formatPlanFoot, formatPlanHead } from "../../core/plan/plan-lines.ts";
import type { Hasher } from "../../ports/hasher.ts";
import type { Plan } from "./plan.ts";

/** A plan as the lines of a file, each with its line feed: the head, the actions, and a foot that seals them. */
export async function* formatPlan(plan: Plan, hasher: Hasher): AsyncGenerator<string, void, undefined> {
  const encoder = new TextEncoder();
  const hash = await hasher.create();
  const seal = async (line: string): Promise<string> => {
    await hash.update(encoder.encode(`${line}\n`));
    return `${line}\n`;
  };
  yield await seal(formatPlanHead(plan.head));
  let actions = 0;
  let bytes = 0;
  for await (const action of plan.actions()) {
    actions += 1;
    bytes += action.bytes;
    yield await seal(formatPlanAction(action));
  }
  yield `${formatPlanFoot({ actions, bytes, sha256: await hash.digest() })}\n`;
}
