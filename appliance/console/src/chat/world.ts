/** The browser's own socket, timers and chance, for `Line`. */

import type { Socket, World } from "./line";

export const browser: World = {
  open: (url, protocols) => new WebSocket(url, protocols) as Socket,
  later: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  chance: Math.random,
};

/** Null where the browser keeps nothing for this page, which it says by throwing. */
export function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
