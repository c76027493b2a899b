import type { CatalogContext } from "../../context.ts";
import type { NamesContext } from "../../files/canonical-name.ts";

/** What a decision about rows works with. */
export type DecideContext = Pick<CatalogContext, "sql" | "clock" | "entropy"> & NamesContext;
