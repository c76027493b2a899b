import type { DocumentRecord } from "../../core/document.ts";
import type { SearchQuery } from "../../core/query.ts";
import type { CatalogContext } from "../context.ts";
import { type PageQuery, type SearchOptions, type SearchPage, search, searchPage } from "./search.ts";

/** Searches documents by conditions. */
export interface SearchCapability {
  /** All matching documents, read page by page while you iterate. */
  search(query?: SearchQuery, options?: SearchOptions): AsyncIterable<DocumentRecord>;
  /** One page of matching documents and the cursor of the next. @default pageSize 100 */
  searchPage(query?: PageQuery, options?: SearchOptions): Promise<SearchPage>;
}

/** The methods of {@link SearchCapability}. */
export function createSearchCapability(context: CatalogContext): SearchCapability {
  return {
    search: (query = {}, options = {}) => search(context, query, options),
    searchPage: async (query = {}, options = {}) => searchPage(context, query, options),
  };
}
