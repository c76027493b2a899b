/** Endings of names whose values let whoever has them in, in lower case and without "-", "_" and ".". */
const SECRET_ENDINGS =
  /(token|secret|passw(or)?d|passphrase|signature|credentials?|(api|access|auth|secret|private|client|consumer|user|app|dev|license|subscription|account|shared|session|ws|sas)key)$/;

/** Names that are secret as a whole. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  ...["key", "pass", "pwd", "sig", "hmac", "auth", "authorization", "bearer", "jwt", "sas"],
  ...["awsaccesskeyid", "ossaccesskeyid", "accesskeyid", "sessionid", "jsessionid", "phpsessid", "hdnea", "hdnts"],
]);

/** Tokens that only say where to go on, in the words of OAI-PMH, OData, Google, AWS and others. */
const POSITION_TOKEN =
  /(resumption|page|paging|pagination|next|previous|prev|continuation|continue|cursor|scroll|skip|delta|sync|change|start|offset|position|marker|list|search)token$/;

/** Whether the value of a parameter with this name is taken for a secret. */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (SECRET_NAMES.has(plain)) return true;
  return SECRET_ENDINGS.test(plain) && !POSITION_TOKEN.test(plain);
}

/** Values that are secrets under any name: JSON Web Tokens (RFC 7519), and keys whose makers mark them as such. */
const SECRET_VALUE =
  /^(eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*|gh[oprsu]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|hf_[A-Za-z0-9]{30,}|xox[abeoprs]-[\w-]{10,}|AIza[\w-]{35}|ya29\.[\w-]{20,}|A[KS]IA[A-Z0-9]{16}|sk-[\w-]{20,}|Bearer[ +].+)$/;

/** Whether a value is a secret by what it looks like. */
export function isSecretValue(value: string): boolean {
  return SECRET_VALUE.test(value);
}
