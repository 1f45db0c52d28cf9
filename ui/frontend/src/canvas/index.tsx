import frame from "@xyflow/react/dist/style.css?inline";
import { createRoot } from "react-dom/client";

import { component, host, type Args } from "../shared/streamlit";
import base from "./css/base.css?inline";
import cards from "./css/cards.css?inline";
import menus from "./css/menus.css?inline";
import type { Data, Selection, State } from "./data";
import { seatOf } from "./registry";
import { Canvas } from "./view/Canvas";
import { Fence } from "./view/Fence";

/** Runs of Python's script cost more than a moment: what is told to it gathers for so long. */
const GATHER_MS = 250;

export default component<Args<State, Data>>((first) => {
  const place = host(first.parentElement, frame + base + cards + menus);
  const root = createRoot(place);
  let args = first;
  let seat = seatOf(first.data);
  let given = 0;

  const draw = () =>
    root.render(
      <Fence key={seat.data.flow} texts={seat.data.texts}>
        <Canvas seat={seat} given={given} report={report} />
      </Fence>,
    );
  const report = (selection: Selection) => later("selection", selection);
  const told: Partial<State> = { revision: first.data.revision, ask: null };
  const timers = new Map<keyof State, ReturnType<typeof setTimeout>>();
  const later = (name: keyof State, value: State[keyof State], ms = name === "selection" ? 60 : GATHER_MS) => {
    clearTimeout(timers.get(name));
    timers.set(name, setTimeout(() => {
      if (JSON.stringify(told[name]) === JSON.stringify(value)) return;
      Object.assign(told, { [name]: value });
      args.setStateValue(name, value);
    }, ms));
  };
  const listen = () => {
    let seen = seat.store.revision;
    return seat.store.subscribe(() => {
      const { store } = seat;
      later("ask", store.status === "expired" || store.status === "ended" ? "ticket" : null, 0);
      if (store.revision === seen) return;
      seen = store.revision;
      later("revision", seen);
      if (store.status === "saved") window.dispatchEvent(new CustomEvent("leadline:saved", { detail: { flow: seat.data.flow, revision: seen } }));
    });
  };
  // A page that nobody looks at asks for nothing; what is unsaved goes out at once when it is left.
  let detach: (() => void) | undefined = seat.store.attach();
  const shown = () => {
    if (document.visibilityState === "visible") detach ??= seat.store.attach();
    else {
      seat.store.flush();
      detach?.();
      detach = undefined;
    }
  };
  const left = () => seat.store.flush();
  const online = () => seat.store.again();
  document.addEventListener("visibilitychange", shown);
  window.addEventListener("pagehide", left);
  window.addEventListener("online", online);
  let mute = listen();
  draw();

  return {
    update(next) {
      const renewed = next.data.ticket !== args.data.ticket;
      const moved = next.data.flow !== args.data.flow;
      args = next;
      given += 1;
      if (moved) {
        mute();
        detach?.();
        seat = seatOf(next.data);
        detach = seat.store.attach();
        mute = listen();
      } else seat.data = next.data;
      if (renewed && !moved) seat.store.again();
      seat.store.heardOf(next.data.revision);
      draw();
    },
    leave() {
      mute();
      seat.store.flush();
      detach?.();
      for (const timer of timers.values()) clearTimeout(timer);
      document.removeEventListener("visibilitychange", shown);
      window.removeEventListener("pagehide", left);
      window.removeEventListener("online", online);
      root.unmount();
      place.remove();
    },
  };
});
