/**
 * `PRAGMA application_id` of a catalog: "catc" in ASCII, so that file(1) and we can tell it from other SQLite files.
 * Source: https://www.sqlite.org/pragma.html#pragma_application_id
 */
export const APPLICATION_ID = 0x63617463;
