// The owner of the open document.
//
//   base   what the engine has, at `revision`
//   local  base and the edits that the engine has not confirmed yet: what the person sees
//
// One request is under way at a time. What cannot be stored stays in `unconfirmed`, here and in the browser's storage,
// until it is; edits of others slip in below it. The status never says more than is true.
import { keep, type JsonObject } from "../../shared/json";
import type { Answer, Engine, Failure } from "./engine";
import { History } from "./history";
import { apply, type Step } from "./protocol";
import { keepMine, rebase, takeTheirs, undoOf, type Undo } from "./rebase";
import type { Unsent } from "./unsent";
import type { Conflict, Draft, Edit, Edits, Issue, StoredEdit, View } from "./wire";

export type Status =
  | "loading" // nothing to show yet
  | "saved"
  | "saving"
  | "retrying" // there are edits that the engine does not take at the moment
  | "away" // nothing is unsaved, but the engine does not answer
  | "conflict" // somebody else was faster: a choice is open
  | "expired" // the ticket ran out; a new one is asked for
  | "ended" // no new ticket came: the login is over
  | "gone"; // the flow, or the right to change it

export interface Choice {
  readonly conflicts: readonly Conflict[];
  /** What others did meanwhile; it knows how to be undone. */
  readonly others: readonly StoredEdit[];
}

/** A sentence for the person that passes. */
export interface Notice {
  readonly name: string;
  readonly facts: Readonly<Record<string, string>>;
}

const POLL_MS = 2_000;
const GATHER_MS = 40;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000] as const;
const TICKET_MS = 8_000;
const BATCH = 50;

export class FlowStore {
  base: JsonObject = {};
  local: JsonObject = {};
  revision = -1;
  view: View = { cards: {}, edges: {} };
  issues: readonly Issue[] = [];
  readOnly = false;
  choice: Choice | undefined;
  notice: Notice | undefined;
  /** Why the flow cannot be shown or changed, in the engine's words. */
  sentence = "";
  version = 0;
  readonly history = new History();

  private unconfirmed: readonly Edit[] = [];
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ticketTimer: ReturnType<typeof setTimeout> | undefined;
  private busy = false;
  private failures = 0;
  private batch = BATCH;
  private stale = true;
  private access: "good" | "expired" | "ended" | "gone" = "good";
  private attached = 0;

  constructor(
    private readonly engine: Engine,
    private readonly unsent: Unsent,
    readonly client: string,
    private readonly newId: () => string,
  ) {
    this.unconfirmed = unsent.takeUp();
  }

  get loaded(): boolean {
    return this.revision >= 0;
  }

  get status(): Status {
    if (this.access !== "good") return this.access;
    if (this.choice) return "conflict";
    if (!this.loaded) return this.failures > 0 ? "away" : "loading";
    if (this.unconfirmed.length > 0) return this.failures > 0 ? "retrying" : "saving";
    return this.failures > 1 ? "away" : "saved";
  }

  get unsaved(): number {
    return this.unconfirmed.length;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getVersion = (): number => this.version;

  /** Somebody looks at the flow: it is kept fresh until they leave. What is unsaved is sent even after that. */
  attach(): () => void {
    this.attached += 1;
    this.schedule(0);
    return () => {
      this.attached -= 1;
    };
  }

  /** An edit by the person. False when the document does not take it. */
  edit(label: string, steps: readonly Step[]): boolean {
    if (steps.length === 0) return false;
    const undo = this.change(label, steps);
    if (undo) this.history.did(undo);
    this.emit();
    return undo !== undefined;
  }

  undo(label: (of: string) => string): void {
    this.back(this.history.past, this.history.future, label);
  }

  redo(label: (of: string) => string): void {
    this.back(this.history.future, this.history.past, label);
  }

  /** The open choice is made, for all of its conflicts. */
  decide(whose: "mine" | "theirs"): void {
    const { choice } = this;
    if (!choice) return;
    this.choice = undefined;
    this.unconfirmed = this.unconfirmed.flatMap((edit) => {
      const conflicts = choice.conflicts.filter((each) => each.edit === edit.id);
      if (conflicts.length === 0) return [edit];
      const kept = whose === "mine" ? keepMine(edit, conflicts, choice.others) : takeTheirs(edit, conflicts);
      return kept ? [kept] : [];
    });
    this.restack();
    this.schedule(0);
    this.emit();
  }

  /** A new ticket has come, or the network is back: no need to wait. */
  again(): void {
    if (this.access === "expired" || this.access === "ended") this.access = "good";
    clearTimeout(this.ticketTimer);
    this.ticketTimer = undefined;
    this.failures = 0;
    this.schedule(0);
    this.emit();
  }

  /** Python knows of a newer draft than is shown here. */
  heardOf(revision: number): void {
    if (this.loaded && revision > this.revision) this.schedule(0);
  }

  /** The page is being left: send now what would be sent soon. */
  flush(): void {
    if (this.unconfirmed.length > 0 && !this.busy && this.failures === 0) void this.work();
  }

  dismiss(): void {
    this.notice = undefined;
    this.emit();
  }

  private back(from: Undo[], to: Undo[], label: (of: string) => string): void {
    const entry = this.history.take(from, this.local);
    if (entry === "blocked") this.notice = { name: "undo_blocked", facts: {} };
    else if (entry) {
      const undo = this.change(label(entry.label), entry.steps, entry.label);
      if (undo) to.push(undo);
      else this.notice = { name: "undo_blocked", facts: {} };
    }
    this.emit();
  }

  private change(label: string, steps: readonly Step[], called = label): Undo | undefined {
    if (this.readOnly || !this.loaded) return undefined;
    try {
      const { data, inverse } = apply(this.local, steps);
      this.local = data;
      this.unconfirmed = [...this.unconfirmed, { id: this.newId(), label, steps }];
      this.unsent.keep(this.unconfirmed);
      if (this.failures === 0) this.schedule(GATHER_MS);
      return undoOf(called, data, inverse);
    } catch {
      return undefined;
    }
  }

  private schedule(ms: number): void {
    if (this.busy) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.work(), ms);
  }

  private async work(): Promise<void> {
    if (this.busy || this.access === "gone" || this.access === "ended") return;
    clearTimeout(this.timer);
    this.busy = true;
    const before = this.failures;
    try {
      if (this.stale) this.took(await this.engine.draft());
      else if (this.unconfirmed.length > 0 && !this.choice) {
        const sent = this.unconfirmed.slice(0, this.batch);
        this.emit();
        this.answered(await this.engine.send(this.revision, sent), sent);
      } else if (this.attached > 0) this.answered(await this.engine.since(this.revision), []);
    } catch {
      this.stale = true;
      this.failures += 1;
    } finally {
      this.busy = false;
    }
    if (this.attached > 0 || this.unconfirmed.length > 0) this.schedule(this.pause(before));
    this.emit();
  }

  private pause(before: number): number {
    if (this.access === "expired") return TICKET_MS;
    if (this.failures > before) return RETRY_MS[Math.min(this.failures, RETRY_MS.length) - 1] ?? POLL_MS;
    if (this.stale || (this.unconfirmed.length > 0 && !this.choice)) return 0;
    return POLL_MS;
  }

  private took(answer: { readonly kind: "draft"; readonly draft: Draft } | Failure): void {
    if (answer.kind !== "draft") return this.failed(answer);
    const { draft } = answer;
    this.failures = 0;
    this.stale = false;
    this.base = keep(this.base, draft.document);
    this.revision = draft.revision;
    this.readOnly = draft.read_only;
    this.look(draft.view, draft.issues);
    this.restack();
  }

  private answered(answer: Answer, sent: readonly Edit[]): void {
    switch (answer.kind) {
      case "stored":
        this.failures = 0;
        this.batch = BATCH;
        this.adopt(answer.edits, sent);
        return;
      case "conflict": {
        this.failures = 0;
        const { conflicts, edits } = answer.conflict;
        this.choice = { conflicts, others: edits.filter((each) => !sent.some((own) => own.id === each.id)) };
        this.stale = true;
        return;
      }
      case "refused":
        this.refused(answer.sentence, sent);
        return;
      case "too_old":
        this.stale = true;
        return;
      default:
        this.failed(answer);
    }
  }

  /** One edit of several cannot be stored: they are sent one by one until it is known which. */
  private refused(sentence: string, sent: readonly Edit[]): void {
    if (sent.length > 1) {
      this.batch = 1;
      return;
    }
    const [edit] = sent;
    this.unconfirmed = this.unconfirmed.filter((each) => each !== edit);
    this.notice = { name: "refused", facts: { sentence } };
    this.stale = true;
    this.restack();
  }

  private failed(answer: Failure): void {
    if (answer.kind === "gone") {
      this.access = "gone";
      this.sentence = answer.sentence;
    } else if (answer.kind === "expired") {
      this.access = "expired";
      this.ticketTimer ??= setTimeout(() => {
        this.access = "ended";
        this.emit();
      }, TICKET_MS);
    } else {
      this.failures += 1;
    }
  }

  private adopt(answer: Edits, sent: readonly Edit[]): void {
    const mine = new Set([...sent, ...this.unconfirmed].map((each) => each.id));
    for (const edit of answer.edits) {
      if (edit.revision <= this.revision) continue;
      this.base = apply(this.base, edit.steps).data;
      // An edit of this person's forms is one more thing that Ctrl+Z takes back.
      if (edit.client === this.client && !mine.has(edit.id)) this.history.did(undoOf(edit.label, this.base, edit.inverse));
    }
    this.revision = Math.max(this.revision, answer.revision);
    const stored = new Set([...sent, ...answer.edits].map((each) => each.id));
    this.unconfirmed = this.unconfirmed.filter((each) => !stored.has(each.id));
    if (answer.view) this.look(answer.view, answer.issues ?? this.issues);
    this.restack();
  }

  private look(view: View, issues: readonly Issue[]): void {
    this.view = keep(this.view as unknown as JsonObject, view as unknown as JsonObject) as unknown as View;
    this.issues = keep(this.issues as unknown as JsonObject[], issues as unknown as JsonObject[]) as unknown as Issue[];
  }

  private restack(): void {
    this.local = keep(this.local, rebase(this.base, this.unconfirmed));
    this.unsent.keep(this.unconfirmed);
  }

  private emit(): void {
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}
