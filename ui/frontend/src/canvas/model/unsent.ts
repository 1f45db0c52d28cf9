// Edits that the engine has not confirmed outlive a reload: they lie in the browser's storage until they are stored.
import type { Edit } from "./wire";

export interface Kept {
  readonly saved_at: number;
  readonly edits: readonly Edit[];
}

/** The part of window.localStorage that is used; a plain map in tests. */
export interface Storage {
  readonly length: number;
  key(place: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
  removeItem(key: string): void;
}

/** Another window that is alive renews its entry; one that is older was left behind and is taken over. Sending an edit
 *  twice does no harm, so this need not be exact. */
const LEFT_BEHIND_MS = 40_000;

export class Unsent {
  private readonly prefix: string;
  private readonly own: string;

  /** `window`: survives a reload of this window and is not shared with others. */
  constructor(
    private readonly storage: Storage | undefined,
    flowId: string,
    window: string,
    private readonly now: () => number,
  ) {
    this.prefix = `leadline.unsent.${flowId}/`;
    this.own = `${this.prefix}${window}`;
  }

  keep(edits: readonly Edit[]): void {
    try {
      if (edits.length === 0) this.storage?.removeItem(this.own);
      else this.storage?.setItem(this.own, JSON.stringify({ saved_at: this.now(), edits } satisfies Kept));
    } catch {
      // Storage may be full or forbidden. The edits are still sent; only a reload before that would lose them.
    }
  }

  /** What this window, or one that is no more, could not send. It is kept under this window's name from now on. */
  takeUp(): readonly Edit[] {
    if (!this.storage) return [];
    const keys = Array.from({ length: this.storage.length }, (_, place) => this.storage?.key(place) ?? "");
    const found: Edit[] = [];
    for (const key of keys.filter((each) => each.startsWith(this.prefix))) {
      const kept = read(this.storage.getItem(key));
      if (key !== this.own && kept && this.now() - kept.saved_at < LEFT_BEHIND_MS) continue;
      if (kept) found.push(...kept.edits);
      if (key !== this.own) this.storage.removeItem(key);
    }
    this.keep(found);
    return found;
  }
}

function read(text: string | null): Kept | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    const good = typeof value === "object" && value !== null && "edits" in value && Array.isArray(value.edits);
    return good ? (value as Kept) : undefined;
  } catch {
    return undefined;
  }
}
