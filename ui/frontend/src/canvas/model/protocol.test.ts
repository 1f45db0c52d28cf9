import { describe, expect, test } from "vitest";

import shared from "../../../../../tests/flow/edit_vectors.json";
import { equal, keep, type Json, type JsonObject } from "../../shared/json";
import { apply, EditConflict, EditRefused, type Step } from "./protocol";

interface Case {
  name: string;
  steps: Step[];
  after?: JsonObject;
  inverse?: Step[];
  conflict?: "changed" | "gone";
  current?: Json;
  refused?: boolean;
}
const vectors = shared as unknown as { document: JsonObject; cases: Case[] };

const thrown = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

describe("the vectors shared with Python", () => {
  test.each(vectors.cases)("$name", (given) => {
    const before = structuredClone(vectors.document);
    if (given.conflict) {
      const error = thrown(() => apply(before, given.steps));
      expect(error).toBeInstanceOf(EditConflict);
      expect(error).toMatchObject({ kind: given.conflict, current: given.current });
    } else if (given.refused) {
      expect(thrown(() => apply(before, given.steps))).toBeInstanceOf(EditRefused);
    } else {
      const applied = apply(before, given.steps);
      expect(equal(applied.data, given.after ?? null)).toBe(true);
      expect(applied.inverse).toEqual(given.inverse);
      expect(equal(apply(applied.data, applied.inverse).data, vectors.document)).toBe(true);
    }
    expect(before).toEqual(vectors.document);
  });
});

test("what an edit does not touch is the same object afterwards", () => {
  const applied = apply(vectors.document, [{ do: "put", path: ["layout", "nodes", "a", "x"], value: 9 }]);
  expect(applied.data.nodes).toBe(vectors.document.nodes);
});

test("a document read again keeps the identity of all that did not change", () => {
  const again = structuredClone(vectors.document);
  expect(keep(vectors.document, again)).toBe(vectors.document);
  const changed: JsonObject = keep(vectors.document, { ...again, name: "Other" } as JsonObject);
  expect(changed.name).toBe("Other");
  expect(changed.nodes).toBe(vectors.document.nodes);
});
