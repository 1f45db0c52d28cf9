/** The pictures of the call's buttons. */

const PATHS = {
  call: "M6.6 10.8a15 15 0 0 0 6.6 6.6l2.2-2.2a1 1 0 0 1 1-.25 11.4 11.4 0 0 0 3.6.57 1 1 0 0 1 1 1V20a1 1 0 0 1-1 1A17 17 0 0 1 3 4a1 1 0 0 1 1-1h3.5a1 1 0 0 1 1 1c0 1.25.2 2.45.57 3.57a1 1 0 0 1-.25 1z",
  hangUp: "M12 9c-1.6 0-3.15.25-4.6.72v3.1a1 1 0 0 1-.56.9 11 11 0 0 0-2.66 1.85 1 1 0 0 1-1.42 0L.3 13.1a1 1 0 0 1 0-1.42C3.35 8.8 7.46 7 12 7s8.65 1.8 11.7 4.68a1 1 0 0 1 0 1.42l-2.47 2.47a1 1 0 0 1-1.42 0 11 11 0 0 0-2.66-1.85 1 1 0 0 1-.56-.9v-3.1A15.6 15.6 0 0 0 12 9z",
  microphone:
    "M12 14a3 3 0 0 0 3-3V5a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zm5-3a5 5 0 0 1-10 0H5a7 7 0 0 0 6 6.92V21h2v-3.08A7 7 0 0 0 19 11z",
  muted:
    "M15 10.6V5a3 3 0 0 0-5.9-.8zM19 11h-2a5 5 0 0 1-.5 2.2l1.5 1.5A7 7 0 0 0 19 11zM3.7 2.3 2.3 3.7 9 10.4V11a3 3 0 0 0 3.9 2.9l1.6 1.6A5 5 0 0 1 7 11H5a7 7 0 0 0 6 6.92V21h2v-3.08a7 7 0 0 0 2.96-1.04l4.34 4.34 1.4-1.4z",
  keypad:
    "M5 3h3v3H5zm5.5 0h3v3h-3zM16 3h3v3h-3zM5 8.5h3v3H5zm5.5 0h3v3h-3zm5.5 0h3v3h-3zM5 14h3v3H5zm5.5 0h3v3h-3zm5.5 0h3v3h-3zm-5.5 5.5h3v3h-3z",
};

/** A picture beside words; it says nothing by itself. */
export function icon(name: keyof typeof PATHS): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
