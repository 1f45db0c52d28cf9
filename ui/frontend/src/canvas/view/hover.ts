// Which line lies under the pointer. Kept outside of React's tree: only the two lines concerned are drawn again.
import { useCallback, useSyncExternalStore } from "react";

let current: string | undefined;
const listeners = new Set<() => void>();

export function hover(id: string | undefined): void {
  current = id;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function useHovered(id: string): boolean {
  return useSyncExternalStore(subscribe, useCallback(() => current === id, [id]));
}
