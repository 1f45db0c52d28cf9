/** A random id. Not `crypto.randomUUID`: browsers keep that for https and localhost, and a builder in an office may be
 *  opened over plain http. */
export function randomId(length = 24): string {
  const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil(length / 2)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, length);
}
