import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactSecrets } from "../../../src/core/settings.ts";

describe("redactSecrets", () => {
  it.each([
    ["postgres://alice:hunter2@host:5432/db", "postgres://alice:***@host:5432/db"],
    ["POSTGRESQL://alice:hunter2@host/db", "POSTGRESQL://alice:***@host/db"],
    ["postgres://:hunter2@host/db", "postgres://:***@host/db"],
    ["postgres://token@host/db", "postgres://***@host/db"],
    ["postgres://a:p@ss@host/db", "postgres://a:***@host/db"],
    ["postgres://a:p/a?s#s@host/db", "postgres://a:***@host/db"],
    [
      "postgres://host/db?user=alice&password=hunter2&sslmode=require",
      "postgres://host/db?user=***&password=***&sslmode=require",
    ],
    ["postgres://host/db?sslpassword=a%20b", "postgres://host/db?sslpassword=***"],
    ["host=h password='a b' dbname=d", "host=h password=*** dbname=d"],
    ["https://host/x?access_token=abc#f", "https://host/x?access_token=***#f"],
    ["postgres://host:5432/db?application_name=a@b", "postgres://host:5432/db?application_name=a@b"],
    ["https://host/path@v1", "https://host/path@v1"],
    ["https://[::1]:80/a@b", "https://[::1]:80/a@b"],
    ["file /home/a@b/catalog.config.yaml", "file /home/a@b/catalog.config.yaml"],
    ["state/catalog.sqlite", "state/catalog.sqlite"],
    ["", ""],
  ])("%s", (text, redacted) => {
    expect(redactSecrets(text)).toBe(redacted);
  });

  it("lets no password through, whatever stands in it", () => {
    const password = fc.string({ minLength: 1 }).map((text) => `<<${text.replace(/\s/g, "")}>>`);
    fc.assert(
      fc.property(password, (secret) => {
        expect(redactSecrets(`postgres://alice:${secret}@host/db`)).toBe("postgres://alice:***@host/db");
      }),
    );
  });
});
