/** How the engine closes a call's socket, and what that means for the person in front of it. See docs/builder.md. */

export const CODES = {
  over: 1000,
  come_back: 4100,
  bad_hello: 4400,
  refused: 4401,
  gone: 4404,
  limit: 4408,
  used: 4409,
  expired: 4410,
  failed: 4500,
  stopping: 4503,
} as const;

export type Ending = keyof typeof CODES | "hung_up" | "lost";

const BY_CODE = new Map<number, Ending>(Object.entries(CODES).map(([name, code]) => [code, name as Ending]));

/** Codes with which a socket closes without anybody having meant to end the call. */
const DROPPED = new Set([1001, 1005, 1006, 1011, 1012, 1013, CODES.come_back]);

/** Whether the call may still be there, so that it is worth coming back to it. */
export const isDrop = (code: number): boolean => DROPPED.has(code);

/** What a close code means. */
export const ending = (code: number): Ending => BY_CODE.get(code) ?? "lost";
