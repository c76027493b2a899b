type ImportBundled = (contents: string) => Promise<Readonly<Record<string, unknown>>>;

/** The JSON Schema of what the command line writes, from the parts that stand in the folders of the verbs. */
export function outputSchema(importBundled: ImportBundled): Promise<unknown>;

/** The README with the table of today's verbs. */
export function readmeWithVerbs(root: string, importBundled: ImportBundled): Promise<string>;

/** The verbs with what they take and do, as a Markdown table. */
export function verbTable(
  verbs: readonly {
    readonly verb: string;
    readonly summary: string;
    readonly arguments: readonly { readonly name: string; readonly variadic?: true }[];
  }[],
): string;
