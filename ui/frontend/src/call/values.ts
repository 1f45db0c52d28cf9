/** Values of slots in words, as ui/sentences.py says them. Pure. */

import type { SlotWords } from "./data";
import type { Value } from "./story";

const MOMENT = /^\d{4}-\d{2}-\d{2}T(\d{2}:\d{2})/;

export type Words = Readonly<Record<string, string>>;

/** A value as people read it: a choice by its label, money with its sign, days as days. */
export function inWords(value: Value, slot: SlotWords | undefined, words: Words): string {
  if (typeof value === "boolean") return words[value ? "yes" : "no"] ?? String(value);
  if (typeof value === "number") return number(value, slot, words);
  const known = slot?.choices[value];
  if (known) return known;
  const moment = slot?.type === "appointment" ? MOMENT.exec(value) : null;
  if (!moment) return capital(value.replace(/^other:/, "").trim());
  // The time of day stands as it was agreed, whatever zone this computer is in.
  const day = new Date(`${value.slice(0, 10)}T12:00:00Z`);
  const date = day.toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
  return `${date}, ${moment[1]}`;
}

function number(value: number, slot: SlotWords | undefined, words: Words): string {
  const text = value.toLocaleString();
  if (slot?.type === "money") return `$${text}`;
  if (slot?.type !== "duration") return text;
  if (value === 0) return words["today"] ?? text;
  return value === 1 ? (words["tomorrow"] ?? text) : (words["in_days"] ?? "{count}").replace("{count}", text);
}

/** An id that has no label, as words. */
export const plain = (id: string): string => capital(id.replaceAll("_", " "));

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
