/** What runs beside the page's sound: the two processors of a call. A script of its own, loaded when a customer calls. */

import { Capture } from "./capture";
import { Playback } from "./playback";
import { CAPTURE, PLAYBACK } from "./processors";
import type { ToPlay } from "./processors";

/** What the browser has there, and TypeScript's library has not. */
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const QUANTUM = 128;

class CaptureProcessor extends AudioWorkletProcessor {
  private readonly capture = new Capture(sampleRate);

  process(inputs: Float32Array[][]): boolean {
    for (const { pcm, level } of this.capture.feed(inputs[0]?.[0] ?? new Float32Array(QUANTUM))) {
      this.port.postMessage({ pcm: pcm.buffer, level }, [pcm.buffer]);
    }
    return true;
  }
}

class PlaybackProcessor extends AudioWorkletProcessor {
  private readonly playback = new Playback(sampleRate);

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToPlay>) => {
      if ("pcm" in data) this.playback.add(new Int16Array(data.pcm));
      else if ("mark" in data) this.playback.mark(data.mark);
      else this.playback.flush();
    };
  }

  process(_: Float32Array[][], outputs: Float32Array[][]): boolean {
    const channels = outputs[0] ?? [];
    const first = channels[0];
    if (first === undefined) return true;
    for (const mark of this.playback.pull(first)) this.port.postMessage(mark);
    for (const other of channels.slice(1)) other.set(first);
    return true;
  }
}

registerProcessor(CAPTURE, CaptureProcessor);
registerProcessor(PLAYBACK, PlaybackProcessor);
