// What Python gives to the canvas and what the canvas tells Python (ui/components.py).
import type { NodeType } from "./model/wire";

export interface Focus {
  readonly card?: string;
  readonly edge?: string;
}

export interface Lit {
  /** Cards where the call is now. */
  readonly cards: readonly string[];
  readonly visited: readonly string[];
}

export type Data = {
  readonly flow: string;
  readonly api: string;
  readonly ticket: string;
  /** The Streamlit session's name among those who edit: what its forms do counts as done by the same hand. */
  readonly client: string;
  readonly revision: number;
  readonly catalogue: readonly NodeType[];
  readonly texts: Readonly<Record<string, string>>;
  readonly focus: (Focus & { readonly nonce?: string }) | null;
  readonly lit: Lit | null;
  readonly read_only: boolean;
  readonly height: number;
};

export interface Selection {
  readonly cards: readonly string[];
  readonly edges: readonly string[];
  readonly reflex: string | null;
}

export type State = {
  selection: Selection;
  revision: number;
  ask: "ticket" | null;
};

export const NOTHING: Selection = { cards: [], edges: [], reflex: null };
export const DARK: Lit = { cards: [], visited: [] };
