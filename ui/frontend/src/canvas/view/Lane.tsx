import type { NodeProps } from "@xyflow/react";
import { memo } from "react";

import { useBoard } from "./board";
import type { LaneNode } from "./nodes";

/** What lies in the call and what comes after it, visibly apart. */
export const LaneBox = memo(function LaneBox({ data: { lane, width, height } }: NodeProps<LaneNode>) {
  const { words } = useBoard();
  return (
    <div className={`lane ${lane}`} style={{ width, height }}>
      <h3>{words(`lane_${lane}`)}</h3>
    </div>
  );
});
