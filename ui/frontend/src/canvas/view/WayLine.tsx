import { BaseEdge, EdgeLabelRenderer, useStore, type EdgeProps } from "@xyflow/react";
import { memo } from "react";

import { Icon } from "../../shared/icons";
import { useBoard } from "./board";
import { hover, useHovered } from "./hover";
import type { WayEdge } from "./nodes";
import { routeOf } from "./routes";

/** A line with its sentence, which stands where it is nearest to what it decides: above the card it leads to. */
export const WayLine = memo(function WayLine(props: EdgeProps<WayEdge>) {
  const { id, source, target, sourceX, sourceY, targetX, targetY, markerEnd, selected, data } = props;
  const { path, x, y } = routeOf({ sourceX, sourceY, targetX, targetY }, data?.place ?? 0);
  const near = useStore((state) => state.nodeLookup.get(source)?.selected === true || state.nodeLookup.get(target)?.selected === true);
  const pointed = useHovered(id);
  const kind = `way ${data?.way.kind ?? ""}${data?.failure ? " failure" : ""}${data?.problems ? " bad" : ""}${near ? " near" : ""}${targetY < sourceY ? " back" : ""}`;
  return (
    <>
      <BaseEdge id={id} path={path} className={kind} interactionWidth={22} {...(markerEnd !== undefined && { markerEnd })} />
      {data && (data.sentence || selected || pointed || data.problems > 0) && (
        <EdgeLabelRenderer>
          <Label data={data} open={selected === true || pointed} near={near} x={x} y={y} />
        </EdgeLabelRenderer>
      )}
    </>
  );
});

interface LabelProps {
  readonly data: NonNullable<WayEdge["data"]>;
  readonly open: boolean;
  readonly near: boolean;
  readonly x: number;
  readonly y: number;
}

function Label({ data: { way, sentence, problems, failure }, open, near, x, y }: LabelProps) {
  const { words, act, ask, readOnly } = useBoard();
  return (
    <div className={`sentence nodrag nopan ${way.kind}${failure ? " failure" : ""}${open ? " selected" : ""}${near ? " near" : ""}`} onPointerEnter={() => hover(way.id)} onPointerLeave={() => hover(undefined)} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
      {sentence && (
        <span title={sentence} onClick={() => act.selectWay(way.id)}>
          {sentence}
        </span>
      )}
      {problems > 0 && (
        <button
          type="button"
          className="problems"
          aria-label={words("problems_of_way", { count: problems })}
          onClick={(event) => ask({ kind: "problems", at: act.below(event.currentTarget), card: undefined, edge: way.id })}
        >
          {problems}
        </button>
      )}
      {open && !readOnly && (
        <>
          <button type="button" title={words("insert_here")} aria-label={words("insert_here")} onClick={(event) => act.askInsert(way, act.below(event.currentTarget))}>
            <Icon name="plus" size={15} />
          </button>
          <button type="button" title={words("remove_way")} aria-label={words("remove_way")} onClick={() => act.remove([], [way.id])}>
            <Icon name="trash" size={15} />
          </button>
        </>
      )}
    </div>
  );
}
