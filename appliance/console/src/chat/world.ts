/** The browser's own socket, timers and chance, for `Line`; its microphone and loudspeaker, for `Call`. */

import type { CallSocket, CallWorld } from "../call/call";
import { browserSound } from "../call/sound";
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

/** `origin`: the appliance's. */
export function callsOf(origin: string): CallWorld {
  return {
    openSound: browserSound(`${origin}/widget-audio.js`),
    openSocket: (url, protocols) => new WebSocket(url, protocols) as CallSocket,
  };
}

/** Null where the browser keeps nothing for this page, which it says by throwing. */
export function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
