"""The call from the browser, in Debian's chromium: from the click to the first sound, what a redrawn page does to the
sound, and microphone to loudspeaker on an echo.

    python bench/browser_call.py [CALLS]

Needs chromium and the local speech models. The microphone is a file; nothing is heard.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import threading
import wave
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from math import pi, sin
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from starlette.applications import Starlette
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from engine.api.engines import open_engines
from engine.supervisor import free_port
from tests.support.background_house import background_house
from tests.support.chromium import EARS, chromium
from tests.support.screens import screens
from ui.components import FOLDER, bundles

RATE = 16_000
BURST_EVERY_S = 0.7
ECHO_S = 20.0
REDRAWN = 20

PAGE = """
<div id="place"></div>
<script type="module">
  import draw from "/call.js";
  const parentElement = document.getElementById("place");
  let data = { flow: "f", agent: "", texts: {}, outcomes: {}, slots: {}, granted: null, denied: null };
  const again = () => draw({ data, key: "k", name: "n", parentElement, setStateValue() {}, setTriggerValue });
  const setTriggerValue = (_, ask) => {
    const url = `ws://${location.host}/echo`;
    data = { ...data, granted: { ask, call: "c", url, ticket: "t", events: "/events", watch: "w", page: "#" } };
    setTimeout(again, 0);
  };
  again();
</script>
"""

PROBES = """
// Moments on the audio clock at which the microphone and the loudspeaker fall loud after a silence.
window.onsets = { in: [], out: [] };
const code = `registerProcessor("onset", class extends AudioWorkletProcessor {
  quiet = 0;
  process([[samples]]) {
    (samples ?? []).forEach((sample, i) => {
      if (Math.abs(sample) > 0.05) {
        if (this.quiet > sampleRate * 0.15) this.port.postMessage(currentTime + i / sampleRate);
        this.quiet = 0;
      } else if (Math.abs(sample) < 0.01) this.quiet++;
    });
    return true;
  }
});`;
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) {
  const place = this instanceof MediaStreamAudioSourceNode ? "in" : to instanceof AudioDestinationNode ? "out" : null;
  if (place) {
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    this.context.audioWorklet.addModule(url).then(() => {
      const probe = new AudioWorkletNode(this.context, "onset");
      probe.port.onmessage = ({ data }) => window.onsets[place].push(data);
      connect.call(this, probe);
      window.outputLatency = () => this.context.outputLatency;
    }).catch(() => {});
  }
  return connect.call(this, to, ...more);
};
"""


def told(what: str, milliseconds: list[float]) -> None:
    cuts = statistics.quantiles(milliseconds, n=20, method="inclusive")
    print(f"{what}: p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms, of {len(milliseconds)}", flush=True)


def opened(browser: Browser, address: str, scripts: tuple[str, ...]) -> Page:
    page = browser.new_context().new_page()
    for script in scripts:
        page.add_init_script(script)
    page.goto(address)
    return page


def click_to_sound(page: Page) -> tuple[float, float]:
    """Milliseconds from the click to the open line, and to the first sound."""
    button = page.get_by_role("button", name="Call")
    button.wait_for(timeout=40_000)
    page.evaluate(
        """() => {
          window.ears.length = 0;
          window.addEventListener("click", () => (window.clicked = performance.now()), { capture: true, once: true });
        }"""
    )
    button.click()
    page.get_by_text("Talking", exact=True).wait_for(timeout=40_000)
    talking = page.evaluate("performance.now() - window.clicked")
    page.wait_for_function("window.ears.some(([, level]) => level > 0.02)", timeout=40_000)
    sounded = page.evaluate("window.ears.find(([, level]) => level > 0.02)[0] - window.clicked")
    return float(talking), float(sounded)


def with_the_engine(playwright: Playwright, calls: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="leadline-bench-"))
    with (
        background_house(folder / "data", seeded=False, engines=open_engines) as house,
        screens(house, folder / "log", script="tests/support/call_page.py") as address,
        chromium(playwright) as browser,
    ):
        lines, sounds = [], []
        page = opened(browser, f"{address}/?slow=0.3", (EARS,))
        for _ in range(calls):
            talking, sounded = click_to_sound(page)
            lines.append(talking)
            sounds.append(sounded)
            page.get_by_role("button", name="Hang up").click()
            page.wait_for_timeout(1500)
        told('"Call from the browser" to the open line', lines)
        told('"Call from the browser" to the first sound', sounds)
        click_to_sound(page)
        for _ in range(REDRAWN):
            page.get_by_role("button", name="Draw the page again").click()
            page.wait_for_timeout(400)
        page.get_by_role("button", name="Hang up").click()
        dry = page.locator("section.call").get_attribute("data-ran-dry")
        print(
            f"While the page was drawn {REDRAWN} times in {0.4 * REDRAWN:.0f} s: sound ran dry {dry} times", flush=True
        )


async def echo(websocket: WebSocket) -> None:
    await websocket.accept(subprotocol="leadline.call.v1")
    try:
        await websocket.receive_text()
        while True:
            await websocket.send_bytes(await websocket.receive_bytes())
    except (WebSocketDisconnect, RuntimeError, KeyError):
        return


@contextmanager
def echo_server() -> Iterator[str]:
    script = FOLDER / bundles()["call"].script
    routes = [
        Route("/", lambda _: HTMLResponse(PAGE)),
        Route("/call.js", lambda _: FileResponse(script, media_type="text/javascript")),
        WebSocketRoute("/echo", echo),
    ]
    port = free_port()
    config = uvicorn.Config(Starlette(routes=routes), port=port, log_level="critical", ws_per_message_deflate=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def bursts(file: Path) -> Path:
    """100 ms of a tone each 0.7 s."""
    samples = array("h")
    for i in range(round(ECHO_S * RATE)):
        at = i / RATE % BURST_EVERY_S
        samples.append(round(16_000 * sin(2 * pi * 500 * i / RATE)) if 0.3 <= at < 0.4 else 0)
    with wave.open(str(file), "wb") as opened_file:
        opened_file.setnchannels(1)
        opened_file.setsampwidth(2)
        opened_file.setframerate(RATE)
        opened_file.writeframes(samples.tobytes())
    return file


def on_an_echo(playwright: Playwright) -> None:
    sound = bursts(Path(tempfile.mkdtemp()) / "bursts.wav")
    with echo_server() as address, chromium(playwright, sound=sound) as browser:
        page = opened(browser, address, (PROBES,))
        page.get_by_role("button").first.click()
        page.wait_for_timeout(1000 * ECHO_S)
        heard: dict[str, list[float]] = page.evaluate("window.onsets")
        device = page.evaluate("window.outputLatency()")
        dry = page.locator("section.call").get_attribute("data-ran-dry")
    ways = []
    for said in heard["in"]:
        back = next((at for at in heard["out"] if at > said), None)
        if back is not None and back - said < BURST_EVERY_S:
            ways.append(1000 * (back - said))
    told("Microphone to engine to loudspeaker, echo on loopback, on the audio clock", ways)
    print(f"  (besides: {1000 * device:.0f} ms that the browser reports for the output device; ran dry {dry} times)")


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with sync_playwright() as playwright:
        on_an_echo(playwright)
        with_the_engine(playwright, calls)


if __name__ == "__main__":
    main()
