/** The browser's own microphone and loudspeaker, for `Call`. */

import { CAPTURE, PLAYBACK } from "./processors";
import type { Captured, ToPlay } from "./processors";

/** Words for it stand in `widget/words.ts`. */
export type SoundFlaw = "not_secure" | "not_supported" | "mic_refused" | "mic_missing" | "mic_busy" | "no_audio";

export class SoundFailed extends Error {
  constructor(readonly flaw: SoundFlaw) {
    super(flaw);
  }
}

export interface SoundListener {
  /** 20 ms from the microphone. */
  frame(pcm: ArrayBuffer, level: number): void;
  played(mark: string): void;
  /** The microphone was taken away. */
  lost(): void;
}

export interface Sound {
  play(pcm: ArrayBuffer): void;
  mark(mark: string): void;
  flush(): void;
  close(): void;
}

/** Raises SoundFailed. To be called when something was pressed: browsers give no sound otherwise. */
export type OpenSound = (listener: SoundListener) => Promise<Sound>;

const ASKED: MediaTrackConstraints = {
  channelCount: 1,
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** `script`: where the processors are loaded from. */
export function browserSound(script: string): OpenSound {
  return async (listener) => {
    if (!isSecureContext) throw new SoundFailed("not_secure");
    if (!("mediaDevices" in navigator) || !("AudioWorkletNode" in window)) throw new SoundFailed("not_supported");
    const stream = await microphone();
    const context = new AudioContext({ latencyHint: "interactive" });
    try {
      await context.audioWorklet.addModule(script);
      await context.resume();
      return joined(context, stream, listener);
    } catch {
      release(context, stream);
      throw new SoundFailed("no_audio");
    }
  };
}

async function microphone(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: ASKED });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    if (name === "NotAllowedError" || name === "SecurityError") throw new SoundFailed("mic_refused");
    throw new SoundFailed(name === "NotFoundError" || name === "OverconstrainedError" ? "mic_missing" : "mic_busy");
  }
}

function joined(context: AudioContext, stream: MediaStream, listener: SoundListener): Sound {
  const capture = new AudioWorkletNode(context, CAPTURE, { numberOfOutputs: 0 });
  const playback = new AudioWorkletNode(context, PLAYBACK, { numberOfInputs: 0, outputChannelCount: [1] });
  capture.port.onmessage = ({ data }: MessageEvent<Captured>) => {
    listener.frame(data.pcm, data.level);
  };
  playback.port.onmessage = ({ data }: MessageEvent<string>) => {
    listener.played(data);
  };
  for (const track of stream.getAudioTracks()) {
    track.addEventListener("ended", () => {
      listener.lost();
    });
  }
  context.createMediaStreamSource(stream).connect(capture);
  playback.connect(context.destination);
  const tell = (what: ToPlay) => {
    playback.port.postMessage(what);
  };
  return {
    play: (pcm) => {
      tell({ pcm });
    },
    mark: (mark) => {
      tell({ mark });
    },
    flush: () => {
      tell({ flush: true });
    },
    close: () => {
      capture.port.onmessage = playback.port.onmessage = null;
      release(context, stream);
    },
  };
}

function release(context: AudioContext, stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
  void context.close();
}
