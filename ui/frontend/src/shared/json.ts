// Values as they come over the wire, compared as the engine compares them (engine/flow/text.py).

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Equal as JSON. The order of names counts: it is what people see in a file. */
export function equal(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((each, place) => equal(each, right[place] ?? null));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left);
  const others = Object.keys(right);
  return (
    names.length === others.length &&
    names.every((name, place) => name === others[place] && equal(left[name] ?? null, right[name] ?? null))
  );
}

/** `next`, with every part that equals its counterpart in `before` replaced by that very object: what is unchanged is
 *  then known by identity, and nothing that shows it has to be drawn again. */
export function keep<T extends Json>(before: Json | undefined, next: T): T {
  if (before === undefined || (before as Json) === next) return next;
  if (isList(before) && isList(next)) {
    const byId = new Map(before.flatMap((each) => (isObject(each) && typeof each.id === "string" ? [[each.id, each]] : [])));
    const kept = next.map((each, place) =>
      keep(isObject(each) && typeof each.id === "string" ? byId.get(each.id) : before[place], each),
    );
    const same = before.length === kept.length && kept.every((each, place) => each === before[place]);
    return (same ? before : kept) as unknown as T;
  }
  if (isObject(before) && isObject(next)) {
    const kept = Object.fromEntries(Object.entries(next).map(([name, each]) => [name, keep(before[name], each)]));
    return (equalShallow(before, kept) ? before : kept) as unknown as T;
  }
  return next;
}

function equalShallow(left: JsonObject, right: JsonObject): boolean {
  const names = Object.keys(left);
  const others = Object.keys(right);
  return names.length === others.length && names.every((name, place) => name === others[place] && left[name] === right[name]);
}
