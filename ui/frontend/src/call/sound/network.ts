/** Worker: the call's socket. Sound goes between it and the worklets without the page. */

import { Line } from "../line";
import type { FromCapture, FromPlayback, FromWorker, ToPlayback, ToWorker } from "../messages";

let line: Line | null = null;

const tell = (message: FromWorker): void => self.postMessage(message);

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.do) {
    case "open":
      line = opened(data);
      break;
    case "press":
      line?.press(data.digit);
      break;
    case "hangUp":
      line?.hangUp();
      break;
  }
};

function opened({ url, call, ticket, capture, playback }: Extract<ToWorker, { do: "open" }>): Line {
  const play = (message: ToPlayback, transfer: Transferable[] = []): void => playback.postMessage(message, transfer);
  const made = new Line(
    url,
    call,
    ticket,
    {
      open: (address, protocols) => new WebSocket(address, protocols),
      later: (ms, what) => {
        const timer = setTimeout(what, ms);
        return () => clearTimeout(timer);
      },
      now: () => performance.now(),
    },
    {
      opened: (again) => tell({ is: "opened", again }),
      away: () => tell({ is: "away" }),
      sound: (pcm) => play({ is: "sound", pcm }, [pcm]),
      mark: (payload) => play({ is: "mark", payload }),
      clear: () => play({ is: "clear" }),
      closed: (how) => tell({ is: "closed", how }),
    },
  );
  capture.onmessage = ({ data }: MessageEvent<FromCapture>) => made.send(data.pcm);
  playback.onmessage = ({ data }: MessageEvent<FromPlayback>) => made.heard(data.payload);
  made.open();
  return made;
}
