/** The messages of the media socket: the same that a carrier exchanges with the engine, and a ticket to come back with. */

import { CONTENT_TYPE } from "./format";

/** What a mark carries; it is given back as it came. */
export type Payload = Readonly<Record<string, unknown>>;

export type FromEngine =
  | { readonly is: "clear" }
  | { readonly is: "notify"; readonly payload: Payload }
  | { readonly is: "ticket"; readonly ticket: string };

/** The meaning of a text message; null for one that may be ignored. */
export function understood(text: string): FromEngine | null {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(data)) return null;
  switch (data["action"]) {
    case "clear":
      return { is: "clear" };
    case "notify":
      return isObject(data["payload"]) ? { is: "notify", payload: data["payload"] } : null;
    case "ticket":
      return typeof data["ticket"] === "string" ? { is: "ticket", ticket: data["ticket"] } : null;
    default:
      return null;
  }
}

/** The first message. */
export const hello = (call: string): string =>
  JSON.stringify({ event: "websocket:connected", "content-type": CONTENT_TYPE, call_id: call });

/** All that came before the mark has been heard. */
export const heard = (payload: Payload): string => JSON.stringify({ event: "websocket:notify", payload });

/** What was not heard yet has been thrown away. */
export const cleared = (): string => JSON.stringify({ event: "websocket:cleared" });

/** A key was pressed. */
export const pressed = (digit: string): string => JSON.stringify({ event: "websocket:dtmf", digit, duration: 120 });

/** Sub-protocols that open the socket. The ticket travels here, not in the address: addresses end up in logs. */
export const protocols = (ticket: string): string[] => [PROTOCOL, `ticket.${ticket}`];

export const PROTOCOL = "leadline.call.v1";

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
