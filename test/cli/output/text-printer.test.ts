import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { Channel } from "../../../src/cli/output/channel.ts";
import { createLogFilter } from "../../../src/cli/output/log-line.ts";
import { createPaint } from "../../../src/cli/output/paint.ts";
import type { Progress } from "../../../src/cli/output/part.ts";
import { TextPrinter, type TextPrinterOptions } from "../../../src/cli/output/text-printer.ts";
import { collectStream } from "../test-host.ts";

const EVIL = "a\u001b]0;x\u0007\n\u202eb";
const SAFE = "a\\x1b]0;x\\x07\\n\\u{202e}b";

function make(options: Partial<TextPrinterOptions> & { color?: boolean } = {}) {
  const out = collectStream({ isTerminal: true, columns: 60 });
  const err = collectStream({ isTerminal: true, columns: 60 });
  const paint = createPaint(options.color ?? false);
  const printer = new TextPrinter({
    out: new Channel(out),
    err: new Channel(err),
    clock: systemClock,
    logs: createLogFilter({ quiet: false, verbose: true }),
    logJson: false,
    quiet: false,
    verbose: false,
    paint: { out: paint, err: paint },
    bar: false,
    ...options,
  });
  return { printer, out, err };
}

function progress(done: number, total: number | undefined = 100): Progress {
  return { done, total, text: `${done} lines`, fields: {} };
}

/** Waits until `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await systemClock.sleep(5);
}

describe("TextPrinter", () => {
  it("escapes whatever came from outside", async () => {
    const { printer, out, err } = make();
    await printer.part({
      items: () => [],
      blocks: () => [
        { block: "table", columns: [{ title: "T" }], rows: [[EVIL]] },
        { block: "pairs", rows: [["label", EVIL]] },
        { block: "pairs", rows: [] },
        { block: "gap" },
        { block: "line", text: EVIL },
        { block: "advice", text: EVIL },
        { block: "raw", text: "as\nit is\n" },
      ],
    });
    printer.finding({ kind: "line 1: gone", message: EVIL, fields: {} });
    printer.log("info", EVIL, { path: EVIL });
    printer.error({ code: "X", message: EVIL, hint: EVIL, trace: `one\n${EVIL}` });
    await printer.finish();
    expect(out.text()).toBe(`T\n${SAFE}\nlabel  ${SAFE}\n\n${SAFE}\n${SAFE}\nas\nit is\n`);
    const lines = err.text().split("\n");
    expect(lines[0]).toBe(`line 1: gone: ${SAFE}`);
    expect(lines[1]).toContain(`info: ${SAFE} path=`);
    expect(lines.slice(2, 5)).toEqual([`error: ${SAFE}`, `hint: ${SAFE}`, "  one"]);
    expect(err.text()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it("shows the first 20 findings of a kind, and how many more there are", async () => {
    const { printer, err } = make();
    for (let line = 1; line <= 100_000; line++) {
      printer.finding({ kind: "damaged", label: `line ${line}: damaged`, message: "m", fields: {} });
    }
    for (let line = 1; line <= 20; line++) printer.finding({ kind: "gone", message: "n", fields: {} });
    await printer.finish();
    const lines = err.text().split("\n").slice(0, -1);
    expect(lines).toHaveLength(41);
    expect(lines.slice(19, 21)).toEqual(["line 20: damaged: m", "gone: n"]);
    expect(lines.at(-1)).toBe("damaged: 99980 more are not shown; --verbose and --json have all");
    await printer.finish();
    expect(err.text().split("\n")).toHaveLength(42);
  });

  it("shows all findings when verbose, and counts none when quiet", async () => {
    for (const [options, lines] of [
      [{ verbose: true }, 50],
      [{ quiet: true }, 0],
    ] as const) {
      const { printer, err } = make(options);
      for (let line = 1; line <= 50; line++) printer.finding({ kind: "damaged", message: "m", fields: {} });
      await printer.finish();
      expect(err.text().split("\n")).toHaveLength(lines + 1);
    }
  });

  it("leaves out advice, findings and progress when quiet", async () => {
    const { printer, out, err } = make({ quiet: true, bar: true });
    printer.finding({ kind: "gone", message: "m", fields: {} });
    printer.progress(progress(1));
    await printer.end("x", {
      exitCode: 0,
      summary: {},
      blocks: () => [
        { block: "advice", text: "left out" },
        { block: "line", text: "kept" },
      ],
      next: "stats",
    });
    await printer.finish();
    expect([out.text(), err.text()]).toEqual(["kept\n", ""]);
  });

  it("uses colours sparingly", async () => {
    const { printer, out, err } = make({ color: true });
    await printer.end("x", {
      exitCode: 0,
      summary: {},
      blocks: () => [{ block: "table", columns: [{ title: "T" }], rows: [["a"]] }],
      next: "stats",
    });
    for (const level of ["error", "warn", "info"] as const) printer.log(level, "m");
    await printer.finish();
    expect(out.text()).toBe("\u001b[1mT\u001b[22m\na\n\u001b[2mNext: catalog stats\u001b[22m\n");
    expect(err.text()).toBe(
      "\u001b[31merror:\u001b[39m m\n\u001b[33mwarning:\u001b[39m m\n\u001b[2minfo:\u001b[22m m\n",
    );
  });

  it("writes log lines as JSON when asked", async () => {
    const { printer, err } = make({ logJson: true });
    printer.log("warn", "m", { a: 1 });
    await printer.finish();
    expect(JSON.parse(err.text())).toMatchObject({ type: "log", level: "warn", message: "m", fields: { a: 1 } });
  });

  it("has no error text to lose when nobody reads it", async () => {
    const write = async (): Promise<void> => {
      throw Object.assign(new Error("EPIPE"), { code: "EPIPE" });
    };
    const { printer } = make({ err: new Channel({ write, isTerminal: false, columns: undefined }) });
    printer.error({ code: "X", message: "m", hint: undefined, trace: undefined });
    await expect(printer.flushErrors()).resolves.toBeUndefined();
  });
});

describe("the progress bar", () => {
  it("shows how far it is, leaves room for lines, and goes away", async () => {
    const { printer, err } = make({ bar: true });
    printer.progress(progress(10));
    await until(() => err.text().includes("10 lines"));
    printer.progress(progress(50));
    await until(() => err.text().includes("50% | 50 lines"));
    expect(err.text()).toMatch(/\[=+-+\] 50% \| 50 lines \| \S+ left/);
    printer.finding({ kind: "gone", message: "m", fields: {} });
    await printer.finish();
    printer.progress(progress(60));
    expect(err.text()).toContain("\r\u001b[2Kgone: m\n");
    expect(err.text().endsWith("\r\u001b[2K")).toBe(true);
    expect(err.text()).not.toContain("60 lines");
  });

  it("shows what is done when nobody knows how much there is", async () => {
    const { printer, err } = make({ bar: true });
    printer.progress({ ...progress(10), total: undefined, text: "x".repeat(100) });
    await until(() => err.text().includes("xxx"));
    await printer.finish();
    await printer.finish();
    expect(err.text()).not.toContain("%");
    expect(
      Math.max(
        ...err
          .text()
          .split("\r")
          .map((line) => line.replace(/\u001b.*/, "").length),
      ),
    ).toBe(59);
  });

  it("tells the rest by the speed of the last seconds", async () => {
    let nowMs = 0;
    const monotonicMs = (): number => (nowMs += 1000);
    const { printer, err } = make({ bar: true, clock: { ...systemClock, monotonicMs } });
    printer.progress(progress(10));
    await until(() => err.text().includes("\r[==------------------] 10% | 10 lines | ? left"));
    printer.progress(progress(20));
    // Of 80 that are left, 10 are done in each second.
    await until(() => err.text().includes("\r[====----------------] 20% | 20 lines | 8s left"));
    // Then nothing moves for longer than the speed is remembered.
    await until(() => err.text().includes("20 lines | ? left"));
    await printer.finish();
  });

  it("is full when there is no more than nothing to do", async () => {
    const { printer, err } = make({ bar: true });
    printer.progress(progress(5, 0));
    await until(() => err.text().includes("[====================] 100% | 5 lines"));
    await printer.finish();
  });

  it("comes back below lines", async () => {
    const { printer, err } = make({ bar: true });
    printer.progress(progress(10));
    await until(() => err.text().includes("10 lines"));
    printer.finding({ kind: "gone", message: "m", fields: {} });
    await until(() => /gone: m\n\r\[.*10 lines/.test(err.text()));
    await printer.finish();
  });

  it("is not there when all ends within a moment", async () => {
    const { printer, err } = make({ bar: true });
    printer.progress(progress(1));
    await printer.finish();
    expect(err.text()).toBe("");
  });

  it("takes 80 columns where nobody knows", async () => {
    const err = collectStream({ isTerminal: true });
    const { printer } = make({ bar: true, err: new Channel(err) });
    printer.progress({ ...progress(1), total: undefined, text: "y".repeat(200) });
    await until(() => err.text().includes("y"));
    await printer.finish();
    expect(err.text()).toContain(`\r${"y".repeat(79)}\u001b[K`);
  });
});
