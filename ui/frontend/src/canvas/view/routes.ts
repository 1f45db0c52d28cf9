// How a line runs. Downwards with right angles, which read well; back up around the outside of both cards.
import { getSmoothStepPath, Position } from "@xyflow/react";

export interface Ends {
  readonly sourceX: number;
  readonly sourceY: number;
  readonly targetX: number;
  readonly targetY: number;
}

export interface Route {
  readonly path: string;
  /** Where its sentence stands. */
  readonly x: number;
  readonly y: number;
}

const ROOM = 24;
const ASIDE = 168;
const CORNER = 14;
const LABEL_ABOVE = 32;
const LABEL_HEIGHT = 27;

/** `place`: how many sentences stand above the same card already. */
export function routeOf(ends: Ends, place: number): Route {
  const { sourceX, sourceY, targetX, targetY } = ends;
  if (targetY < sourceY + ROOM) return upwards(ends);
  const [path] = getSmoothStepPath({ ...ends, sourcePosition: Position.Bottom, targetPosition: Position.Top, borderRadius: CORNER, centerY: turn(sourceY, targetY, place) });
  const y = Math.max(targetY - LABEL_ABOVE - place * LABEL_HEIGHT, sourceY + LABEL_ABOVE / 2);
  return { path, x: targetX, y: Math.abs(sourceX - targetX) < 1 ? Math.min(y, (sourceY + targetY) / 2 + LABEL_HEIGHT) : y };
}

/** The height of the level part: near the card it comes from, so that sentences have room above the other. */
const turn = (sourceY: number, targetY: number, place: number): number =>
  Math.max(sourceY + ROOM, Math.min(sourceY + ROOM + 4, targetY - LABEL_ABOVE - (place + 1) * LABEL_HEIGHT));

function upwards({ sourceX, sourceY, targetX, targetY }: Ends): Route {
  const apart = Math.abs(sourceX - targetX) > 2 * ASIDE;
  const side = apart ? sourceX + (targetX > sourceX ? ASIDE : -ASIDE) : Math.max(sourceX, targetX) + ASIDE;
  const below = sourceY + ROOM;
  const above = targetY - ROOM;
  const path = rounded([
    [sourceX, sourceY],
    [sourceX, below],
    [side, below],
    [side, above],
    [targetX, above],
    [targetX, targetY],
  ]);
  return { path, x: (sourceX + side) / 2, y: below };
}

type Corner = readonly [number, number];

/** A path through right angles, with soft corners. */
function rounded(points: readonly Corner[]): string {
  return points
    .map(([x, y], place) => {
      const before = points[place - 1];
      const after = points[place + 1];
      if (!before) return `M ${x},${y}`;
      if (!after) return `L ${x},${y}`;
      const from = towards([x, y], before);
      const to = towards([x, y], after);
      return `L ${from[0]},${from[1]} Q ${x},${y} ${to[0]},${to[1]}`;
    })
    .join(" ");
}

function towards([x, y]: Corner, [otherX, otherY]: Corner): Corner {
  const length = Math.hypot(otherX - x, otherY - y);
  const step = Math.min(CORNER, length / 2);
  return length === 0 ? [x, y] : [x + ((otherX - x) / length) * step, y + ((otherY - y) / length) * step];
}
