import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanSecrets } from "../../../src/core/secrets/clean-secrets.ts";

const FINGERPRINT = /~[0-9a-f]{10}/g;

/** URLs as vendors make them, and what is left of them; `~` stands for any fingerprint. */
const URLS: readonly (readonly [what: string, given: string, left: string])[] = [
  ["nothing", "https://e.org/a/b.pdf", "https://e.org/a/b.pdf"],
  ["nothing but odd characters", "https://e.org/a%20b?q=%C3%A4+b&&x#top", "https://e.org/a%20b?q=%C3%A4+b&&x#top"],
  [
    "S3, Signature Version 4",
    "https://b.s3.amazonaws.com/k.pdf?versionId=3&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20250101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20250101T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Security-Token=IQoJb3JpZ2luX2VjE&X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024&x-id=GetObject",
    "https://b.s3.amazonaws.com/k.pdf?versionId=3&x-id=GetObject",
  ],
  [
    "S3, Signature Version 4, in lower case and alone",
    "https://s3.e.org/b/k?x-amz-date=20250101T000000Z&x-amz-signature=aaaa1111",
    "https://s3.e.org/b/k",
  ],
  [
    "S3, Signature Version 2",
    "https://b.s3.amazonaws.com/k.pdf?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1141889120&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D&response-content-type=text%2Fplain",
    "https://b.s3.amazonaws.com/k.pdf?response-content-type=text%2Fplain",
  ],
  [
    "Google Cloud Storage, V4",
    "https://storage.googleapis.com/b/k?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=a%40p.iam.gserviceaccount.com%2F20250101%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20250101T000000Z&X-Goog-Expires=900&X-Goog-SignedHeaders=host&X-Goog-Signature=247a2aa45f169edf&generation=7",
    "https://storage.googleapis.com/b/k?generation=7",
  ],
  [
    "Google Cloud Storage, V2",
    "https://storage.googleapis.com/b/k?GoogleAccessId=a@p.iam.gserviceaccount.com&Expires=1458238630&Signature=VVUgfqviDCov%2B",
    "https://storage.googleapis.com/b/k",
  ],
  [
    "Azure, a service signature",
    "https://acc.blob.core.windows.net/c/f.bin?sv=2023-11-03&st=2025-01-01T00%3A00%3A00Z&se=2025-01-02T00%3A00%3A00Z&sr=b&sp=r&spr=https&sig=Z%2FRHIX5Xcg0Mq2rqI3OlWTjEg2tYkboXr1P9ZUXDtkk%3D&snapshot=2024",
    "https://acc.blob.core.windows.net/c/f.bin?snapshot=2024",
  ],
  [
    "Azure, an account signature",
    "https://acc.blob.core.windows.net/c/f?sv=2022-11-02&ss=bfqt&srt=sco&sp=rwdlacupx&se=2025-01-02&st=2025-01-01&spr=https&sig=abc",
    "https://acc.blob.core.windows.net/c/f",
  ],
  [
    "Azure, a user delegation",
    "https://acc.blob.core.windows.net/c/f?skoid=1&sktid=2&skt=3&ske=4&sks=b&skv=2023&sv=2023&se=5&sr=b&sp=r&sig=abc",
    "https://acc.blob.core.windows.net/c/f",
  ],
  [
    "Azure, a stored policy",
    "https://acc.blob.core.windows.net/c/f?sv=2023&si=policy&sr=c&sig=abc",
    "https://acc.blob.core.windows.net/c/f",
  ],
  [
    "CloudFront, a canned policy",
    "https://d111.cloudfront.net/i.jpg?size=large&Expires=1357034400&Signature=nitfHRCrtziwO2HwPfWw~yYDhUF5&Key-Pair-Id=K2JCJMDEHXQW5F",
    "https://d111.cloudfront.net/i.jpg?size=large",
  ],
  [
    "CloudFront, a policy of its own",
    "https://d111.cloudfront.net/i.jpg?Policy=eyANCiAgICEXAMPLEW1lbnQi&Signature=nitfHRCrtziwO2&Key-Pair-Id=K2J&Hash-Algorithm=SHA256",
    "https://d111.cloudfront.net/i.jpg",
  ],
  ["a part of a signature", "https://e.org/x?Signature=abc&Expires=5", "https://e.org/x?Signature=~&Expires=5"],
  ["Azure's letters without a signature", "https://e.org/x?sv=1&se=2&sp=3", "https://e.org/x?sv=1&se=2&sp=3"],
  ["a signature alone", "https://e.org/x?sig=abc&a=1", "https://e.org/x?sig=~&a=1"],
  ["a session of AWS alone", "https://e.org/x?X-Amz-Security-Token=abc", "https://e.org/x?X-Amz-Security-Token=~"],
  ["user and password", "https://user:hunter2@e.org:8080/x", "https://e.org:8080/x"],
  ["a token as user", "https://hunter2@e.org/x", "https://e.org/x"],
  ["an encoded password", "ftp://user:hunter%402@e.org/x", "ftp://e.org/x"],
  ["a password with an @", "https://user:hunter@2@e.org/x", "https://e.org/x"],
  ["a password with a /", "https://user:hunter/2@e.org/x", "https://e.org/x"],
  ["a password with a ?", "https://user:hunter?2@e.org/x", "https://e.org/x"],
  ["a password in an id", "url:https://user:hunter2@e.org/x?key=hunter2", "url:https://e.org/x?key=~"],
  ["a name with an @", "https://e.org/@user/x?m=a@b.org", "https://e.org/@user/x?m=a@b.org"],
  ["an address of IPv6", "https://user:hunter2@[::1]:80/x", "https://[::1]:80/x"],
  ["an address of IPv6 alone", "https://[::1]:80/x@2", "https://[::1]:80/x@2"],
  ["a token", "https://e.org/x?token=hunter2&page=2", "https://e.org/x?token=~&page=2"],
  [
    "many names",
    "https://e.org/x?api_key=a&apikey=b&access-token=c&X.Auth.Token=d&private_token=e&license_key=f&pwd=g",
    "https://e.org/x?api_key=~&apikey=~&access-token=~&X.Auth.Token=~&private_token=~&license_key=~&pwd=~",
  ],
  ["an encoded name", "https://e.org/x?api%5Fkey=hunter2", "https://e.org/x?api%5Fkey=~"],
  ["what was written for HTML", "https://e.org/x?a=1&amp;token=hunter2", "https://e.org/x?a=1&amp;token=~"],
  ["an empty value", "https://e.org/x?token=&key", "https://e.org/x?token=&key"],
  [
    "JSON Web Token under any name",
    "https://e.org/x?t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w",
    "https://e.org/x?t=~",
  ],
  ["a key that its maker marks", "https://e.org/x?q=ghp_16C7e42F292c6912E7710c838347Ae178B4a", "https://e.org/x?q=~"],
  ["the same without a name", "https://e.org/x?ghp_16C7e42F292c6912E7710c838347Ae178B4a", "https://e.org/x?~"],
  ["a session in the path", "https://e.org/x;jsessionid=1A2B;v=1/y?a=1", "https://e.org/x;jsessionid=~;v=1/y?a=1"],
  [
    "a token in the fragment",
    "https://e.org/cb#access_token=hunter2&state=1",
    "https://e.org/cb#access_token=~&state=1",
  ],
  ["a token in a path in the fragment", "https://e.org/#/x?token=hunter2", "https://e.org/#/x?token=~"],
  ["a signature in the fragment", "https://e.org/#X-Amz-Signature=1", "https://e.org/"],
  [
    "a URL in a parameter",
    "https://p.org/get?url=https%3A%2F%2Fuser%3Ahunter2%40e.org%2Fx%3Ftoken%3Dhunter2&b=1",
    "https://p.org/get?url=https%3A%2F%2Fe.org%2Fx%3Ftoken%3D~&b=1",
  ],
  [
    "a signed URL in a parameter",
    "https://p.org/get?url=https%3A%2F%2Fe.org%2Fx%3FX-Amz-Signature%3D1",
    "https://p.org/get?url=https%3A%2F%2Fe.org%2Fx",
  ],
  [
    "a URL that is not encoded in a parameter",
    "https://p.org/?u=https://user:hunter2@e.org/x",
    "https://p.org/?u=https://e.org/x",
  ],
  [
    "a URL in the path",
    "https://web.archive.org/web/2020/https://user:hunter2@e.org/x?token=hunter2",
    "https://web.archive.org/web/2020/https://e.org/x?token=~",
  ],
  [
    "an encoded URL in the path",
    "https://p.org/https%3A%2F%2Fuser%3Ahunter2%40e.org/x",
    "https://p.org/https%3A%2F%2Fe.org/x",
  ],
  ["a relative URL", "/x?token=hunter2", "/x?token=~"],
  ["a database", "postgres://user:hunter2@db/x?sslmode=require", "postgres://db/x?sslmode=require"],
  ["no URL", "doi:10.1000/(SICI)1097-4571;key=1", "doi:10.1000/(SICI)1097-4571;key=1"],
  ["a file", "file:///a/b?token=x@y", "file:///a/b?token=x@y"],
  ["what cannot be decoded", "https://e.org/x?%ff=%ff&token=%ff", "https://e.org/x?%ff=%ff&token=~"],
];

/** Where to go on is no secret. */
const POSITIONS = [
  "resumptionToken",
  "pageToken",
  "page_token",
  "nextPageToken",
  "next_token",
  "NextToken",
  "continuation-token",
  "ContinuationToken",
  "x-ms-continuation-token",
  "cursor",
  "$skiptoken",
  "deltaToken",
  "syncToken",
  "scroll_id",
  "startToken",
  "paginationToken",
  "marker",
  "after",
  "offset",
  "sort_key",
  "keyword",
  "monkey",
  "tokens",
  "author",
  "design",
];

describe("cleanSecrets", () => {
  it.each(URLS)("of a URL with %s", (_what, given, left) => {
    const cleaned = cleanSecrets(given);
    expect(cleaned.replace(FINGERPRINT, "~")).toBe(left);
    expect(cleaned).not.toContain("hunter2");
    expect(cleanSecrets(cleaned)).toBe(cleaned);
  });

  it.each(POSITIONS)("leaves %s as it is, so that two pages are two artifacts", (name) => {
    const url = `https://e.org/oai?verb=ListRecords&${name}=1234abcd`;
    expect(cleanSecrets(url)).toBe(url);
  });

  it("gives two secrets two fingerprints, and one always the same", () => {
    const [a, b] = [cleanSecrets("https://e.org/?key=a%20b"), cleanSecrets("https://e.org/?key=c")];
    expect(a).not.toBe(b);
    expect(a).toBe("https://e.org/?key=~1a3290f0dc");
    expect(cleanSecrets("https://other.org/?x=1&key=a b")).toBe("https://other.org/?x=1&key=~1a3290f0dc");
  });

  it("changes nothing when it is done again, whatever the text", () => {
    const piece = fc.constantFrom(
      ..."https://|url:|user:pa|@|/|?|&|=|;|#|%2F|%3A|%40|%3F|%3D|~0123456789|x|\\|".split("|"),
      ...["token", "X-Amz-Signature", "sig", "sv", "se", "key", "a", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x"],
    );
    const texts = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(texts, (text) => {
        const cleaned = cleanSecrets(text);
        expect(cleanSecrets(cleaned)).toBe(cleaned);
      }),
      { numRuns: 3000 },
    );
  });

  it("leaves no user name behind another", () => {
    expect(cleanSecrets("https://@user:pahttps://@")).toBe("https://");
    expect(cleanSecrets("https://a:b@c:d/e@example.org/f")).toBe("https://example.org/f");
  });

  it("takes its time from the length alone", () => {
    for (const piece of ["a", "a:@/?&=;#", "/a:", "https://", ";a=", "&key=%41"]) {
      const long = `https://${piece.repeat(100_000)}?`;
      expect(cleanSecrets(long).length).toBeLessThanOrEqual(long.length * 2);
      expect(cleanSecrets(`${piece.repeat(100_000)}?`).length).toBeLessThanOrEqual(long.length * 2);
    }
  });
});
