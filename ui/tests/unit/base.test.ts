import { describe, expect, it } from "vitest";
import { inner, outer, pathOf } from "../../src/base";

describe("an installation under a path", () => {
  it("knows its path from <base>", () => {
    expect(["/", "/desk/", "/a/b/", null].map(pathOf)).toEqual(["", "/desk", "/a/b", ""]);
  });

  it("adds it to addresses and takes it away", () => {
    expect(outer("/admin?x=1", "/desk")).toBe("/desk/admin?x=1");
    expect(inner("/desk/admin", "/desk")).toBe("/admin");
    expect(inner("/desk", "/desk")).toBe("/");
    expect(inner("/desk?x=1", "/desk")).toBe("/?x=1");
    expect(inner("/desktop", "/desk")).toBe("/desktop");
    expect(inner("/admin", "")).toBe("/admin");
  });
});
