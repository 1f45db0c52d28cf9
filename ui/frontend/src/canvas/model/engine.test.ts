import { afterEach, expect, test, vi } from "vitest";

import { httpEngine } from "./engine";

const asked: { url: string; body: unknown; authorization: string | null }[] = [];

function answering(status: number, body: string): void {
  asked.length = 0;
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    asked.push({ url, body: JSON.parse(String(init.body ?? "null")), authorization: new Headers(init.headers).get("authorization") });
    return Promise.resolve(new Response(body, { status }));
  });
}
const engine = () => httpEngine("a b", "me", () => ({ api: "http://engine/", ticket: "t1" }));
const EDIT = { id: "1", label: "l", steps: [{ do: "remove" as const, path: ["x"] }] };

afterEach(() => vi.unstubAllGlobals());

test("edits go out with their base, the window's name and the ticket", async () => {
  answering(200, '{"revision": 3, "edits": []}');
  expect(await engine().send(2, [EDIT])).toEqual({ kind: "stored", edits: { revision: 3, edits: [] } });
  expect(asked).toEqual([{ url: "http://engine/flows/a%20b/edits", authorization: "Bearer t1", body: { base_revision: 2, client: "me", edits: [EDIT] } }]);
});

test.each([
  [409, '{"detail": "d", "revision": 3, "edits": [], "conflicts": []}', "conflict"],
  [409, '{"detail": "archived"}', "refused"],
  [410, "{}", "too_old"],
  [422, '{"detail": "no"}', "refused"],
  [401, '{"code": "ticket_expired"}', "expired"],
  [403, '{"detail": "Viewers may look only."}', "gone"],
  [404, '{"detail": "No such flow."}', "gone"],
  [500, "Internal Server Error", "unreachable"],
  [503, "<html>", "unreachable"],
  [200, "<html>a login page of a proxy", "unreachable"],
])("an answer %i %s is %s", async (status, body, kind) => {
  answering(status, body);
  expect(await engine().send(1, [EDIT])).toMatchObject({ kind });
});

test("no answer at all is no reason to lose anything", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  expect(await engine().since(1)).toEqual({ kind: "unreachable" });
  expect(await engine().draft()).toEqual({ kind: "unreachable" });
});
