// What we use of cli-progress. Its own declarations need Node's types, and this part of the code has none.
declare module "cli-progress" {
  /** The terminal that a bar draws on. */
  export interface Terminal {
    isTTY(): boolean;
    getWidth(): number;
    cursorSave(): void;
    cursorRestore(): void;
    cursor(visible: boolean): void;
    lineWrapping(enabled: boolean): void;
    cursorTo(column: number, row: number | null): void;
    write(text: string): void;
    clearRight(): void;
    clearLine(): void;
    newline(): void;
  }

  /** How a bar looks. */
  export interface BarOptions {
    readonly format: string;
    readonly barsize: number;
    readonly etaBuffer: number;
    readonly clearOnComplete: boolean;
    readonly forceRedraw: boolean;
    readonly formatTime: (seconds: unknown) => string;
    readonly terminal: Terminal;
  }

  /** A bar; it redraws by a timer until it is stopped. */
  export interface SingleBar {
    start(total: number, value: number, payload: Readonly<Record<string, string>>): void;
    update(value: number, payload: Readonly<Record<string, string>>): void;
    stop(): void;
  }

  const cliProgress: { readonly SingleBar: new (options: BarOptions) => SingleBar };
  // biome-ignore lint/style/noDefaultExport: it is theirs
  export default cliProgress;
}
