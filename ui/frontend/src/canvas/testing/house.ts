// An engine in memory that keeps the rules of POST /flows/{id}/edits: edits go on the newest draft, a repeated id is
// harmless, a conflict stores nothing. The network in front of it can be slow, lose answers, or be gone.
import type { JsonObject } from "../../shared/json";
import type { Answer, Engine, Failure } from "../model/engine";
import { apply, at, EditConflict, EditRefused } from "../model/protocol";
import type { Conflict, Edit, StoredEdit, View } from "../model/wire";

const NO_VIEW: View = { cards: {}, edges: {} };

export class House {
  readonly log: StoredEdit[] = [];
  readonly requests: string[] = [];
  readOnly = false;
  /** What stands in the way of every request: a ticket that ran out, a right that is missing. */
  barred: Failure | undefined;

  constructor(public document: JsonObject) {}

  get revision(): number {
    return this.log.length;
  }

  store(client: string, base: number, edits: readonly Edit[]): Answer {
    let now = this.document;
    const fresh: StoredEdit[] = [];
    const conflicts: Conflict[] = [];
    for (const edit of edits) {
      if (this.log.some((each) => each.id === edit.id)) continue;
      try {
        const { data, inverse } = apply(now, edit.steps);
        now = data;
        const revision = this.revision + fresh.length + 1;
        fresh.push({ ...edit, revision, client, by: client, at: "2026-11-26T12:00:00Z", inverse });
      } catch (error) {
        if (error instanceof EditRefused) return { kind: "refused", sentence: error.message };
        if (!(error instanceof EditConflict)) throw error;
        conflicts.push(this.conflict(edit, error));
      }
    }
    if (conflicts.length > 0) {
      return { kind: "conflict", conflict: { revision: this.revision, edits: this.log.slice(base), conflicts } };
    }
    this.log.push(...fresh);
    this.document = now;
    return this.since(base);
  }

  since(base: number): Answer {
    return { kind: "stored", edits: { revision: this.revision, edits: this.log.slice(base), issues: [], view: NO_VIEW } };
  }

  private conflict(edit: Edit, { kind, step, current }: EditConflict): Conflict {
    const put = step.do === "put" ? step : undefined;
    const last = this.log.at(-1);
    return {
      edit: edit.id, path: step.path, kind, was: put?.was ?? null, theirs: current, yours: put?.value ?? null,
      by: last?.by ?? "", at: last?.at ?? "", sentence: `Somebody changed ${step.path.join("/")}.`,
    };
  }
}

/** How the network treats one request after the other. */
export type Weather = () => { readonly delay: number; readonly lost?: "request" | "answer" };

export const fine: Weather = () => ({ delay: 5 });

export function engineOf(house: House, client: string, weather: () => Weather): Engine {
  const over = async <T>(name: string, act: () => T): Promise<T | Failure> => {
    const { delay, lost } = weather()();
    house.requests.push(name);
    await new Promise((done) => setTimeout(done, delay));
    if (lost === "request") return { kind: "unreachable" };
    const answer = house.barred ?? structuredClone(act());
    await new Promise((done) => setTimeout(done, delay));
    return lost === "answer" ? { kind: "unreachable" } : answer;
  };
  return {
    draft: () =>
      over("draft", () => ({
        kind: "draft" as const,
        draft: {
          id: "f", name: "F", revision: house.revision, read_only: house.readOnly, document: house.document, issues: [], view: NO_VIEW,
        },
      })),
    since: (revision) => over("since", () => house.since(revision)),
    send: (base, edits) => over(`send ${edits.map((each) => each.id).join(",")}`, () => house.store(client, base, structuredClone(edits))),
  };
}

export const valueAt = (house: House, path: readonly (string | number)[]) => at(house.document, path);
