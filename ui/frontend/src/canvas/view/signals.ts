// What other parts of the page tell the canvas without a run of Streamlit's script: window events, or data from Python.
import { useEffect, useRef, useState } from "react";

import type { Focus, Lit } from "../data";
import type { Actions } from "./actions";

type Signal<T> = CustomEvent<T & { readonly flow: string }>;

function useSignal<T>(name: string, flow: string, act: (detail: T) => void): void {
  useEffect(() => {
    const heard = (event: Event) => {
      const { detail } = event as Signal<T>;
      if (detail.flow === flow) act(detail);
    };
    window.addEventListener(name, heard);
    return () => window.removeEventListener(name, heard);
  }, [name, flow, act]);
}

/** `leadline:focus` {flow, card | edge}, or `focus` from Python, which counts once. */
export function useFocus(flow: string, given: (Focus & { readonly nonce?: string }) | null, turn: number, act: Actions, loaded: boolean): void {
  const go = useRef((focus: Focus) => void focus);
  go.current = ({ card, edge }) => {
    if (card !== undefined) act.goTo(card);
    else if (edge !== undefined) act.goToWay(edge);
  };
  const stable = useRef((focus: Focus) => go.current(focus));
  useSignal<Focus>("leadline:focus", flow, stable.current);
  const key = given ? JSON.stringify(given) : "";
  const done = useRef("");
  useEffect(() => {
    if (!given || !loaded || done.current === key) return undefined;
    done.current = key;
    const timer = setTimeout(() => go.current(given), 60);
    return () => clearTimeout(timer);
  }, [key, given, turn, loaded]);
}

/** `leadline:lit` {flow, cards, visited}: where a running test call is; an event without cards puts the light out. */
export function useLight(flow: string, given: Lit): Lit {
  const [heard, setHeard] = useState<Lit>();
  const set = useRef((lit: Lit) => setHeard(lit.cards.length + lit.visited.length > 0 ? { cards: lit.cards, visited: lit.visited } : undefined));
  useSignal<Lit>("leadline:lit", flow, set.current);
  return heard ?? given;
}
