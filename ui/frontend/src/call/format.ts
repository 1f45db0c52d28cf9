/** The one audio format of the house: signed 16-bit little-endian mono at 16 kHz, in frames of 20 ms. */

export const RATE = 16_000;
export const FRAME_SAMPLES = 320;
export const FRAME_BYTES = 640;
export const CONTENT_TYPE = "audio/l16;rate=16000";
