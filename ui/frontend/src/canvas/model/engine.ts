// The engine's resources for one draft. Every answer is told apart here, so that the store decides by names.
import type { Draft, Edit, EditConflicts, Edits } from "./wire";

export type Answer =
  | { readonly kind: "stored"; readonly edits: Edits }
  | { readonly kind: "conflict"; readonly conflict: EditConflicts }
  /** This edit can never be stored; the sentence says why. */
  | { readonly kind: "refused"; readonly sentence: string }
  /** The draft's log does not reach back so far: read the draft again. */
  | { readonly kind: "too_old" }
  | Failure;

export type Failure =
  | { readonly kind: "expired" }
  | { readonly kind: "gone"; readonly sentence: string }
  | { readonly kind: "unreachable" };

export interface Engine {
  draft(): Promise<{ readonly kind: "draft"; readonly draft: Draft } | Failure>;
  since(revision: number): Promise<Answer>;
  send(baseRevision: number, edits: readonly Edit[]): Promise<Answer>;
}

export interface Access {
  readonly api: string;
  readonly ticket: string;
}

const PATIENCE_MS = 10_000;
/** Browsers finish a request of a page that is left only up to this size. */
const KEEPALIVE_BYTES = 60_000;

/** `access`: asked for each request, because tickets are renewed. */
export function httpEngine(flowId: string, client: string, access: () => Access): Engine {
  const path = `/flows/${encodeURIComponent(flowId)}`;

  const request = async (method: string, below: string, body?: unknown): Promise<Response | undefined> => {
    const { api, ticket } = access();
    const text = body === undefined ? null : JSON.stringify(body);
    try {
      return await fetch(`${api.replace(/\/$/, "")}${path}${below}`, {
        method,
        body: text,
        keepalive: text !== null && text.length < KEEPALIVE_BYTES,
        signal: AbortSignal.timeout(PATIENCE_MS),
        headers: { authorization: `Bearer ${ticket}`, ...(text !== null && { "content-type": "application/json" }) },
      });
    } catch {
      return undefined;
    }
  };

  const answered = async (response: Response | undefined): Promise<Answer> => {
    if (!response) return { kind: "unreachable" };
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok) return body === undefined ? { kind: "unreachable" } : { kind: "stored", edits: body as Edits };
    if (response.status === 409 && isConflict(body)) return { kind: "conflict", conflict: body };
    if (response.status === 410) return { kind: "too_old" };
    if ([400, 409, 413, 422].includes(response.status)) return { kind: "refused", sentence: detail(body) };
    return failure(response.status, body);
  };

  return {
    async draft() {
      const response = await request("GET", "/draft");
      if (!response) return { kind: "unreachable" };
      const body: unknown = await response.json().catch(() => undefined);
      if (response.ok && body !== undefined) return { kind: "draft", draft: body as Draft };
      return failure(response.status, body);
    },
    since: async (revision) => answered(await request("GET", `/edits?since=${revision}`)),
    send: async (baseRevision, edits) =>
      answered(await request("POST", "/edits", { base_revision: baseRevision, client, edits })),
  };
}

function failure(status: number, body: unknown): Failure {
  if (status === 401) return { kind: "expired" };
  if (status === 403 || status === 404) return { kind: "gone", sentence: detail(body) };
  return { kind: "unreachable" };
}

function isConflict(body: unknown): body is EditConflicts {
  return typeof body === "object" && body !== null && "conflicts" in body && Array.isArray(body.conflicts);
}

function detail(body: unknown): string {
  const found = typeof body === "object" && body !== null && "detail" in body ? body.detail : "";
  return typeof found === "string" ? found : "";
}
