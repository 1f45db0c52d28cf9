/** Times of a recording. */

import type { Line } from "./data";

/** '1:05'. */
export function clock(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Which line is being said at `seconds`: the last one that has begun; -1 before the first. */
export function lineAt(lines: readonly Line[], seconds: number): number {
  let found = -1;
  lines.forEach((line, place) => {
    if (line.atMs / 1000 <= seconds + 0.05) found = place;
  });
  return found;
}
