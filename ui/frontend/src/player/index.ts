/** The recording of a call with its words: a component of the pages (ui/player.py). */

import { component, host, type Args, type Mounted } from "../shared/streamlit";
import type { Data } from "./data";
import { Player } from "./player";
import css from "./style.css?inline";

type PlayerArgs = Args<Record<string, never>, Data>;

function mount(args: PlayerArgs): Mounted<PlayerArgs> {
  const place = host(args.parentElement, css);
  let shown = args.data.call;
  let player = new Player(args.data);
  place.append(player.element);
  return {
    // A new ticket at each rerun must not stop the sound: only another call is another player.
    update: (next) => {
      if (next.data.call === shown) return;
      shown = next.data.call;
      player.leave();
      player = new Player(next.data);
      place.replaceChildren(player.element);
    },
    leave: () => player.leave(),
  };
}

export default component(mount);
