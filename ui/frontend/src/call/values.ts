/** Values of slots in words. Pure. */

import type { SlotWords } from "./data";
import type { Value } from "./story";

const MOMENT = /^\d{4}-\d{2}-\d{2}T(\d{2}:\d{2})/;

/** A value as people say it. `yes`, `no`: words for truth. */
export function inWords(value: Value, slot: SlotWords | undefined, yes: string, no: string): string {
  if (typeof value === "boolean") return value ? yes : no;
  if (typeof value === "number") return String(value);
  const known = slot?.choices[value];
  if (known) return known;
  const moment = MOMENT.exec(value);
  if (!moment) return capital(value);
  // The time of day stands as it was agreed, whatever zone this computer is in.
  const day = new Date(`${value.slice(0, 10)}T12:00:00Z`);
  const date = day.toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
  return `${date}, ${moment[1]}`;
}

/** An id that has no label, as words. */
export const plain = (id: string): string => capital(id.replaceAll("_", " "));

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
