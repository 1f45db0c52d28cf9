// What the engine says and is told (engine/api/drafts.py, engine/api/nodes.py), as far as the canvas needs it.
import type { Json, JsonObject } from "../../shared/json";
import type { Path, Step } from "./protocol";

export interface Issue {
  readonly code: string;
  readonly level: "error" | "warning";
  readonly place: string;
  readonly id: string;
  readonly field: string;
  readonly sentence: string;
  readonly fix: string;
}

export interface Chip {
  readonly slot: string;
  readonly label: string;
  readonly need: string;
}

export interface Exit {
  readonly name: string;
  readonly label: string;
  readonly failure: boolean;
}

export interface CardView {
  readonly title: string;
  readonly type_title: string;
  readonly kind: string;
  readonly shelf: string;
  readonly icon: string;
  readonly summary: string;
  readonly chips: readonly Chip[];
  readonly exits: readonly Exit[];
  readonly ghost: boolean;
  readonly ends_the_call: boolean;
  readonly problems: number;
}

export interface View {
  readonly cards: Readonly<Record<string, CardView>>;
  readonly edges: Readonly<Record<string, { readonly sentence: string }>>;
}

export interface Draft {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly read_only: boolean;
  readonly document: JsonObject;
  readonly issues: readonly Issue[];
  readonly view: View;
}

/** An edit as it is sent. Its id is made here, so that a request may be repeated. */
export interface Edit {
  readonly id: string;
  readonly label: string;
  readonly steps: readonly Step[];
}

/** An edit as it was stored. */
export interface StoredEdit extends Edit {
  readonly revision: number;
  readonly client: string;
  readonly by: string;
  readonly at: string;
  readonly inverse: readonly Step[];
}

export interface Edits {
  readonly revision: number;
  readonly edits: readonly StoredEdit[];
  readonly issues: readonly Issue[] | null;
  readonly view: View | null;
}

export interface Conflict {
  readonly edit: string;
  readonly path: Path;
  readonly kind: "changed" | "gone";
  readonly was: Json;
  readonly theirs: Json;
  readonly yours: Json;
  readonly by: string;
  readonly at: string;
  readonly sentence: string;
}

export interface EditConflicts {
  readonly revision: number;
  readonly edits: readonly StoredEdit[];
  readonly conflicts: readonly Conflict[];
}

/** A node type of this installation. */
export interface NodeType {
  readonly type: string;
  readonly title: string;
  readonly kind: "talk" | "quiet" | "after_call";
  readonly shelf: string;
  readonly version: number;
  readonly help: string;
  readonly icon: string;
  readonly exits: readonly Exit[];
  readonly ends_the_call: boolean;
  readonly settings: JsonObject;
}
