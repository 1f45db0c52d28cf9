// What Streamlit gives to a component, and the two habits that every component of ours needs.
import type { FrontendRendererArgs } from "@streamlit/component-v2-lib";

export type Args<State extends Record<string, unknown>, Data> = FrontendRendererArgs<State, Data>;

/** One mounted component: gets new arguments whenever Python sends some, and is left at the end. */
export interface Mounted<A> {
  update(args: A): void;
  leave(): void;
}

/**
 * Streamlit calls a component's default export on mounting and again each time its data change, and only the last
 * clean-up at the end. So there is one instance for each place in the page, and new data go into it.
 */
export function component<A extends { parentElement: ParentNode & Node }>(mount: (args: A) => Mounted<A>) {
  const instances = new WeakMap<Node, Mounted<A>>();
  return (args: A): (() => void) => {
    const place = args.parentElement;
    const there = instances.get(place);
    if (there) there.update(args);
    else instances.set(place, mount(args));
    return () => {
      instances.get(place)?.leave();
      instances.delete(place);
    };
  };
}

/** A place for the component with its styles. They come with the script: a sheet that is loaded late makes flicker. */
export function host(parent: Node, css: string): HTMLElement {
  const style = document.createElement("style");
  style.textContent = css;
  const element = document.createElement("div");
  parent.appendChild(style);
  parent.appendChild(element);
  return element;
}
