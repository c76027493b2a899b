/** The parameters that sign a URL in one dialect, in lower case. */
interface SignatureSet {
  /** A URL is signed in the dialect when it has one of each. */
  readonly required: readonly (readonly string[])[];
  /** What belongs to the signature beside that. */
  readonly optional: readonly string[];
}

/** Signature Version 4, whose names AWS and Google have in common but for the middle. */
function version4(vendor: string): SignatureSet {
  const named = (names: readonly string[]): string[] => names.map((name) => `x-${vendor}-${name}`);
  return {
    required: [named(["signature"])],
    optional: named([
      "algorithm",
      "credential",
      "date",
      "expires",
      "signedheaders",
      "security-token",
      "content-sha256",
    ]),
  };
}

/**
 * The dialects: AWS Signature Version 4 and 2, Google Cloud Storage V4 and V2, shared access signatures of Azure Storage,
 * signed URLs of CloudFront.
 */
const SIGNATURE_SETS: readonly SignatureSet[] = [
  version4("amz"),
  version4("goog"),
  {
    required: [["awsaccesskeyid"], ["signature"], ["expires"]],
    optional: ["x-amz-security-token"],
  },
  { required: [["googleaccessid"], ["signature"], ["expires"]], optional: [] },
  {
    required: [["sig"], ["sv"], ["se", "si"]],
    optional: [
      ...["st", "sp", "sr", "ss", "srt", "spr", "sip", "ses", "sdd", "sig", "sv", "se", "si"],
      ...["skoid", "sktid", "skt", "ske", "sks", "skv", "saoid", "suoid", "scid", "skdutid", "sduoid", "tn"],
    ],
  },
  {
    required: [["signature"], ["key-pair-id"], ["expires", "policy"]],
    optional: ["expires", "policy", "hash-algorithm"],
  },
];

/** Which of these names of parameters, in lower case, only sign: those of every dialect whose set is complete. */
export function findSigningNames(names: ReadonlySet<string>): ReadonlySet<string> {
  const signing = new Set<string>();
  for (const { required, optional } of SIGNATURE_SETS) {
    if (!required.every((choice) => choice.some((name) => names.has(name)))) continue;
    for (const name of [...required.flat(), ...optional]) signing.add(name);
  }
  return signing;
}
