import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addToName, extensionOf, safeSegment } from "../../../src/core/naming/safe-segment.ts";

const bytesOf = (text: string): number => new TextEncoder().encode(text).byteLength;
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.string({ unit: "grapheme", maxLength: 400 }),
  fc
    .array(fc.constantFrom("a", "A", ".", "..", "/", "~", "é", "e\u0301", " ", "con", "\0", "-", "\ud800"), {
      maxLength: 8,
    })
    .map((parts) => parts.join("")),
);

function expectSafe(name: string): void {
  expect(name).toBe(name.normalize("NFC"));
  expect(bytesOf(name)).toBeLessThanOrEqual(255);
  expect(name).not.toMatch(/[<>:"/\\|?*\u0000-\u001f\u007f-\u009f]/);
  expect(name).not.toMatch(/^[\s.~-]|[\s.]$|^$/);
  expect(name).not.toMatch(/^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)/i);
  expect(name).not.toMatch(/\p{Cs}/u);
}

describe("safeSegment", () => {
  it("gives a name that every file system takes, for any text", () => {
    fc.assert(
      fc.property(anyText, (text) => expectSafe(safeSegment(text))),
      { numRuns: 2000 },
    );
  });

  it("gives two texts two names", () => {
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        fc.pre(one !== other);
        expect(safeSegment(one)).not.toBe(safeSegment(other));
      }),
      { numRuns: 2000 },
    );
  });

  it("gives a name of its own to a text that is the name of another", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const name = safeSegment(text);
        if (name !== text) expect(safeSegment(name)).not.toBe(name);
      }),
    );
  });

  it.each([
    "unpaywall",
    "paper.pdf",
    "a b",
    "report~1",
    "2024-01-01",
    "日本語.txt",
    "x".repeat(255),
    "ünï",
    "COMA",
    "con-text",
    "a~b",
  ])("leaves %j as it is", (text) => {
    expect(safeSegment(text)).toBe(text);
  });

  it.each([
    ["doi:10.1234/abcd", /^doi_10\.1234_abcd~[0-9a-f]{10}$/],
    ["../../etc/passwd", /^____\.\._etc_passwd~|^______etc_passwd~|^_._.*~/],
    ["..", /^_~[0-9a-f]{10}$/],
    ["", /^_~[0-9a-f]{10}$/],
    [".git", /^_git~[0-9a-f]{10}$/],
    ["-rf", /^_rf~[0-9a-f]{10}$/],
    ["~root", /^_root~[0-9a-f]{10}$/],
    ["a/b.pdf", /^a_b~[0-9a-f]{10}\.pdf$/],
    ["name. ", /^name~[0-9a-f]{10}$/],
    ["NUL", /^_NUL~[0-9a-f]{10}$/],
    ["con.txt", /^_con~[0-9a-f]{10}\.txt$/],
    ["COM¹", /^_COM¹~[0-9a-f]{10}$/],
    ["a\0b", /^a_b~[0-9a-f]{10}$/],
    ["a\u202egpj.exe", /^a_gpj~[0-9a-f]{10}\.exe$/],
    ["e\u0301", /^é~[0-9a-f]{10}$/],
    ["x~0123456789", /^x~0123456789~[0-9a-f]{10}$/],
    ["x~0123456789.pdf", /^x~0123456789~[0-9a-f]{10}\.pdf$/],
  ])("changes %j", (text, expected) => {
    expect(safeSegment(text)).toMatch(expected);
    expectSafe(safeSegment(text));
  });

  it("cuts what is too long between characters, keeps the extension, and keeps long names apart", () => {
    const [one, other] = [safeSegment(`${"é".repeat(200)}1.pdf`), safeSegment(`${"é".repeat(200)}2.pdf`)];
    expect(one).toMatch(/^é+~[0-9a-f]{10}\.pdf$/);
    expect(bytesOf(one)).toBeGreaterThan(250);
    expectSafe(one);
    expect(one).not.toBe(other);
  });

  it("changes names that mean something else in that place, in any case", () => {
    expect(safeSegment("CAS", { reserved: ["cas"] })).toMatch(/^CAS~/);
    expect(safeSegment("casa", { reserved: ["cas"] })).toBe("casa");
  });

  it("always gives the same name", () => {
    expect(safeSegment("doi:10.1234/abcd")).toBe(safeSegment("doi:10.1234/abcd"));
    expect(safeSegment("a:b")).toMatchInlineSnapshot(`"a_b~f2f57e1546"`);
  });
});

describe("addToName", () => {
  it("adds before the extension and stays within 255 bytes", () => {
    expect(addToName("a.pdf", "-1")).toBe("a-1.pdf");
    expect(addToName("a", "-1")).toBe("a-1");
    expect(bytesOf(addToName(`${"x".repeat(251)}.pdf`, "-0123"))).toBe(255);
  });
});

describe("extensionOf", () => {
  it.each([
    ["a.pdf", ".pdf"],
    ["a.tar.gz", ".gz"],
    ["a.7z", ".7z"],
    ["10.1234", ""],
    [".hidden", ""],
    ["a.", ""],
    ["a.b c", ""],
    ["a.verylongextension", ""],
    ["", ""],
  ])("of %j is %j", (name, expected) => {
    expect(extensionOf(name)).toBe(expected);
  });
});
