/** How loud both sides were, drawn as two rows of bars. */

/** The loudest sample of each of `bars` equal parts, 0 to 1, on a scale that lets a quiet voice be seen. */
export function loudness(samples: Float32Array, bars: number): Float32Array {
  const found = new Float32Array(bars);
  for (let bar = 0; bar < bars; bar += 1) {
    const start = Math.floor((bar * samples.length) / bars);
    const end = Math.max(start + 1, Math.floor(((bar + 1) * samples.length) / bars));
    let peak = 0;
    for (let at = start; at < end && at < samples.length; at += 1) peak = Math.max(peak, Math.abs(samples[at] ?? 0));
    found[bar] = Math.sqrt(Math.min(peak, 1));
  }
  return found;
}

export interface Colours {
  readonly caller: string;
  readonly agent: string;
  readonly past: string;
}

const BAR_PX = 3;
const GAP_PX = 1;

export const barsFor = (width: number): number => Math.max(1, Math.floor(width / (BAR_PX + GAP_PX)));

/** Caller above the middle, assistant below. `played`: 0 to 1; what is behind it is drawn full, the rest pale. */
export function draw(
  canvas: HTMLCanvasElement,
  sides: readonly [Float32Array, Float32Array],
  played: number,
  colours: Colours,
): void {
  const paint = canvas.getContext("2d");
  if (!paint) return;
  const scale = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  paint.scale(scale, scale);
  const middle = height / 2;
  const [caller, agent] = sides;
  for (let bar = 0; bar < caller.length; bar += 1) {
    const x = bar * (BAR_PX + GAP_PX);
    paint.globalAlpha = (bar + 0.5) / caller.length <= played ? 1 : 0.38;
    const up = Math.max(1, (caller[bar] ?? 0) * (middle - 2));
    const down = Math.max(1, (agent[bar] ?? 0) * (middle - 2));
    paint.fillStyle = colours.caller;
    paint.fillRect(x, middle - 1 - up, BAR_PX, up);
    paint.fillStyle = colours.agent;
    paint.fillRect(x, middle + 1, BAR_PX, down);
  }
  paint.globalAlpha = 1;
  paint.fillStyle = colours.past;
  paint.fillRect(Math.round(played * width), 0, 1, height);
}
