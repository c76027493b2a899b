/** One word, string, quoted name or sign of a statement, without white space and comments. */
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*|\S/gi;

/** The tokens of a statement as SQLite reads them; words are in upper case. */
export function statementTokens(sql: string): readonly string[] {
  const found = sql.match(TOKEN) ?? [];
  return found.filter((token) => !/^(?:--|\/\*)/.test(token)).map((token) => token.toUpperCase());
}

/** Whether a token is a word: a keyword, or a name without quotes. */
export function isWord(token: string | undefined): token is string {
  return token !== undefined && /^[A-Z_\u0080-\uffff]/.test(token);
}
