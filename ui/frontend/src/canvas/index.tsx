import { Background, ReactFlow } from "@xyflow/react";
import frame from "@xyflow/react/dist/style.css?inline";
import { createRoot } from "react-dom/client";

import { component, host, type Args } from "../shared/streamlit";

type State = Record<string, never>;
interface Data {
  readonly height: number;
}

export default component<Args<State, Data>>((args) => {
  const place = host(args.parentElement, frame);
  const root = createRoot(place);
  const draw = ({ data }: Args<State, Data>) => {
    place.style.height = `${data.height}px`;
    root.render(
      <ReactFlow nodes={[]} edges={[]}>
        <Background />
      </ReactFlow>,
    );
  };
  draw(args);
  return { update: draw, leave: () => root.unmount() };
});
