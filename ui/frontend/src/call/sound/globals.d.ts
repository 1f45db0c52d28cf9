// What stands in the scope of an audio worklet; the library of the DOM does not know it.

declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new (options: AudioWorkletNodeOptions) => AudioWorkletProcessor): void;

/** The text of a module with all it imports, to be run elsewhere (build.mjs). */
declare module "*?script" {
  const text: string;
  export default text;
}
