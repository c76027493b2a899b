import { parseSoughtThing } from "../../../catalog/find/sought-thing.ts";
import { type Pin, parsePinReason } from "../../../catalog/pins/pin.ts";
import type { PinResult } from "../../../catalog/pins/set-pin.ts";
import { quote } from "../../../core/messages/quote.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import { formatTimestamp, parseMomentAhead, type Timestamp } from "../../../core/timestamp.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import { quoteForShell } from "../../arguments/shell-quote.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { pinnedPart, pinsPart, requireOneHash } from "../../documents/pin-part.ts";
import { asUsage, EXIT, UsageError } from "../../exit-codes.ts";
import { formatCount } from "../../output/human-text.ts";
import type { DEFINITION } from "./definition.ts";

type Input = CommandInput<typeof DEFINITION>;

/** Pins printed at once. */
const PAGE_SIZE = 500;

/** Pins something, or lists what is pinned. */
export async function* run(context: CommandContext, { words, flags }: Input): CommandRun {
  const { reason, until, list } = flags;
  const [word] = words;
  if (list) {
    if (word !== undefined || reason !== undefined || until !== undefined) throw notBoth();
    return yield* listPins(context);
  }
  if (word === undefined || reason === undefined) throw incomplete(word);
  asUsage(() => parseSoughtThing(word));
  asUsage(() => parsePinReason(reason));
  const nowMs = context.host.clock.now();
  return yield* pin(context, word, { reason, until: until === undefined ? undefined : parseUntil(until, nowMs) });
}

async function* pin(
  context: CommandContext,
  word: string,
  { reason, until }: { readonly reason: string; readonly until: Timestamp | undefined },
): CommandRun {
  const { signal, host } = context;
  const catalog = await context.openCatalog("write");
  const found = await catalog.findPinTargets(word, { workingDirectory: host.cwd, signal });
  const known = found.filter(({ isKnown }) => isKnown);
  requireOneHash(word, known);
  const pinned: PinResult[] = [];
  for (const { target } of known) {
    pinned.push(await catalog.pin(target, { reason, until, signal }).catch(refuseMisuse));
  }
  if (pinned.length > 0) yield pinnedPart(pinned);
  return {
    exitCode: pinned.length > 0 ? EXIT.done : EXIT.finding,
    summary: { target: cleanSecrets(word), pins: pinned.length },
    blocks: () => (pinned.length > 0 ? [] : [{ block: "line", text: sayUnknown(word) }]),
    next: pinned.length > 0 ? `why ${quoteForShell(cleanSecrets(word))}` : "search --text TEXT",
  };
}

async function* listPins(context: CommandContext): CommandRun {
  const catalog = await context.openCatalog("read");
  let pins = 0;
  let page: Pin[] = [];
  for await (const each of catalog.listPins({ signal: context.signal })) {
    page.push(each);
    pins += 1;
    if (page.length < PAGE_SIZE) continue;
    yield pinsPart(page, pins > PAGE_SIZE);
    page = [];
  }
  if (page.length > 0) yield pinsPart(page, pins > PAGE_SIZE);
  return {
    exitCode: EXIT.done,
    summary: { target: null, pins },
    blocks: () => [{ block: "line", text: pins === 0 ? "Nothing is pinned." : `${formatCount(pins, "pin")}.` }],
    next: pins === 0 ? "pin TARGET --reason TEXT" : "unpin TARGET",
  };
}

/** An end that was ahead a moment ago may be over by now. */
function refuseMisuse(error: unknown): never {
  throw error instanceof RangeError ? new UsageError(error.message) : error;
}

function parseUntil(text: string, nowMs: number): Timestamp {
  let until: Timestamp;
  try {
    until = parseMomentAhead(text, nowMs);
  } catch {
    // All that it throws is that the text is no time.
    const expected = 'expected a date like "2031-01-31" or "2031-01-31T12:00:00Z", or a span from now like "30d"';
    throw new UsageError(`Cannot use --until ${quote(text)}: ${expected}`);
  }
  if (until > formatTimestamp(nowMs)) return until;
  throw new UsageError(`Cannot use --until ${quote(text)}: that is over, it is ${formatTimestamp(nowMs)}`);
}

function notBoth(): UsageError {
  return new UsageError("Cannot list pins and set one in one run", { hint: "Run it twice." });
}

function incomplete(word: string | undefined): UsageError {
  if (word === undefined) {
    return new UsageError("Cannot pin: nothing is named", { hint: "Name what is to stay, or give --list." });
  }
  return new UsageError(`Cannot pin ${quote(cleanSecrets(word))}: no reason is given`, {
    hint: "Say why with --reason TEXT: whoever meets the pin will see it.",
  });
}

function sayUnknown(word: string): string {
  return `The catalog knows nothing by ${quote(cleanSecrets(word))}: nothing was pinned.`;
}
