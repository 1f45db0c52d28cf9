/** The call from the browser: a component of the pages (ui/testing/call_panel.py). */

import { component, host, type Args, type Mounted } from "../shared/streamlit";
import type { Data, Told } from "./data";
import { Panel, type Tell } from "./panel";
import css from "./style.css?inline";

type CallArgs = Args<Told, Data>;

/** By flow. A panel outlives the element that it is drawn in. */
const panels = new Map<string, Panel>();

function mount(args: CallArgs): Mounted<CallArgs> {
  const { flow } = args.data;
  const place = host(args.parentElement, css);
  const panel = panels.get(flow) ?? new Panel(args.data, telling(args), () => panels.delete(flow));
  panels.set(flow, panel);
  place.append(panel.element);
  panel.shown(args.data, telling(args));
  return {
    update: (next) => panel.shown(next.data, telling(next)),
    leave: () => {
      if (place.contains(panel.element)) panel.left();
    },
  };
}

const telling = (args: CallArgs): Tell => ({
  want: (ask) => args.setTriggerValue("want", ask),
});

export default component(mount);
