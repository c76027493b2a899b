const SECRET_PARAMETER =
  /\b([\w.-]*(?:passw(?:or)?d|passphrase|pwd|passfile|secret|token|credential|signature|api_?key|sslkey|user(?:name)?|login)[\w.-]*=)(?:'[^']*'|"[^"]*"|[^&;#\s'"]*)/gi;

const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)(\S*)@/gi;

/** A host with or without a port: what stands before a path when there is no user. */
const HOST_ONLY = /^(?:\[[^\]]*\]|[^:/?#[\]]*)(?::\d*)?(?=[/?#])/;

/**
 * `text` without passwords, tokens and other credentials of the URLs and connection strings in it. The user name
 * before a password stays; where a URL is malformed more is taken out rather than less.
 */
export function redactSecrets(text: string): string {
  return text
    .replace(USER_INFO, (whole: string, scheme: string, rest: string) => {
      if (HOST_ONLY.test(rest)) return whole; // the "@" belongs to the path or the query
      const name = /^([^:/?#@]*):/.exec(rest)?.[1];
      return `${scheme}${name === undefined ? "***" : `${name}:***`}@`;
    })
    .replace(SECRET_PARAMETER, "$1***");
}
