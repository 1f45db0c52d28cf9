// What all parts of the canvas share.
import { createContext, useContext } from "react";

import type { Words } from "../../shared/words";
import type { Card, Catalogue, Flow, Way } from "../model/flow";
import type { Outlet } from "../model/gestures";
import type { FlowStore } from "../model/store";
import type { CardView, Issue, NodeType } from "../model/wire";
import type { Actions } from "./actions";

/** A place on the screen, in pixels from the canvas' upper left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The one question that is open, if any. */
export type Ask =
  | { readonly kind: "next"; readonly at: Point | undefined; readonly spot: Point; readonly from?: Outlet; readonly way?: Way }
  | { readonly kind: "exit"; readonly card: string }
  | { readonly kind: "target"; readonly from: Outlet }
  | { readonly kind: "when"; readonly at: Point | undefined; readonly from: Outlet; readonly to: string }
  | { readonly kind: "find" }
  | { readonly kind: "add" }
  | { readonly kind: "problems"; readonly at: Point | undefined; readonly card: string | undefined; readonly edge?: string }
  | { readonly kind: "help" };

export interface Board {
  readonly store: FlowStore;
  readonly words: Words;
  readonly flow: Flow;
  readonly catalogue: Catalogue;
  readonly types: readonly NodeType[];
  readonly issues: ReadonlyMap<string, readonly Issue[]>;
  readonly readOnly: boolean;
  readonly act: Actions;
  view(card: Card): CardView;
  ask(question: Ask | undefined): void;
}

/** Key of what the validator says about a card or a way. */
export const issueKey = (place: string, id: string): string => `${place}/${id}`;

const Context = createContext<Board | undefined>(undefined);
export const BoardProvider = Context.Provider;

export function useBoard(): Board {
  const board = useContext(Context);
  if (!board) throw new Error("a part of the canvas stands outside of it");
  return board;
}

export type Shade = "talk" | "decide" | "schedule" | "handoff" | "ending" | "aftercall" | "connect" | "other";
const SHADES: readonly Shade[] = ["talk", "decide", "schedule", "handoff", "ending", "aftercall", "connect"];

/** The group of a card: it gives the colour and the place in the palette. */
export function shadeOf(each: { readonly shelf: string; readonly ends_the_call: boolean }): Shade {
  if (each.ends_the_call) return "ending";
  return SHADES.find((shade) => shade === each.shelf) ?? "other";
}

export const GROUPS: readonly Shade[] = [...SHADES, "other"];
