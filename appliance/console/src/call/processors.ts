/** By which names the page and its processors know each other, and what goes between them. */

export const CAPTURE = "aftersales-capture";
export const PLAYBACK = "aftersales-playback";

export interface Captured {
  pcm: ArrayBuffer;
  level: number;
}

export type ToPlay = { pcm: ArrayBuffer } | { mark: string } | { flush: true };
