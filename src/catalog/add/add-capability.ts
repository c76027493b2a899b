import type { CapabilityContext } from "../capability-context.ts";
import type { AddOptions, AddSource, AddSummary } from "./add-options.ts";
import { addSources } from "./add-sources.ts";

/** Adds what is elsewhere: files, folders, bytes. */
export interface AddCapability {
  /**
   * Adds files, folders and bytes from elsewhere; sources are left as they are, but for `into: "move"`. What goes wrong
   * with one of them is a finding and stops nothing. Adding again changes nothing.
   * @throws {CatalogError} NOT_FOUND, PERMISSION, REFUSED for a path that cannot be added at all; UNSUPPORTED when the
   * catalog was opened without a store; what the store and the SQL engine throw
   */
  add(sources: readonly AddSource[], options?: AddOptions): Promise<AddSummary>;
}

/** The methods of {@link AddCapability}. */
export function createAddCapability(context: CapabilityContext): AddCapability {
  const { onChange } = context;
  return {
    add: async (sources, options = {}) =>
      addSources(context.requirePlacing(), sources, { ...options, onChange: options.onChange ?? onChange }),
  };
}
