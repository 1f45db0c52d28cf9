// Our own drawings, on a grid of 24 units, for the icon names that node types use and for our buttons.
import { memo } from "react";

const PATHS: Readonly<Record<string, string>> = {
  // Cards.
  play_arrow: "M8 5.5v13l10.5-6.5z",
  text_snippet: "M6 3.5h8.5L19 8v12.5H6zM14 3.5V8.5h5M9 12.5h7M9 16h5",
  forum: "M3.5 4.5h12.5v9H8.5l-3 3v-3h-2zM19 8.5h1.5v9h-2v3l-3-3H9.5",
  call_end: "M3.5 14.5c4.5-5 12.5-5 17 0l-2.6 2.6-3.4-1.7v-2.5a9 9 0 0 0-5 0v2.5l-3.4 1.7z",
  alt_route: "M12 20.5v-6.5c0-3-5-3.5-5-8M4.5 7.5 7 4.5l2.5 3M12 14c0-3 5-3.5 5-8M14.5 7.5l2.5-3 2.5 3",
  search: "M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l5 5",
  edit_note: "M4 6h12M4 10.5h9M4 15h5M12.5 19.5l.5-3 5.5-5.5 2.5 2.5-5.5 5.5z",
  event_available: "M4.5 6h15v14h-15zM4.5 10h15M8.5 3.5V7M15.5 3.5V7M9 15l2.2 2.2 4-4",
  edit_calendar: "M4.5 20V6h15v6M4.5 20h6M4.5 10h15M8.5 3.5V7M15.5 3.5V7M13 20.5l.5-2.8 5.2-5.2 2.3 2.3-5.2 5.2z",
  voicemail: "M6.5 9a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM17.5 9a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM6.5 16h11",
  phone_callback: "M5 4h4l1.8 4.6-2.3 1.6a11 11 0 0 0 5.3 5.3l1.6-2.3L20 15v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1M19.5 4.5l-5 5M14.5 5.5v4h4",
  phone_forwarded: "M5 4h4l1.8 4.6-2.3 1.6a11 11 0 0 0 5.3 5.3l1.6-2.3L20 15v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1M13.5 6.5h6.5M17 3.5l3 3-3 3",
  shield_person: "M12 3.5l7 2.5v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6zM12 8a2.2 2.2 0 1 0 0 4.4A2.2 2.2 0 0 0 12 8M8.3 17c.6-2.2 2-3.2 3.7-3.2s3.1 1 3.7 3.2",
  webhook: "M12 4.5a3.5 3.5 0 0 0-2 6.3L7 16M12 4.5a3.5 3.5 0 0 1 3.3 4.7M7 16a2.5 2.5 0 1 0 2.3 3.3h7M12 8l3.2 5.6a3.5 3.5 0 1 1 1.3 6.4",
  mail: "M4 6h16v12.5H4zM4 7l8 6.5L20 7",
  table_rows: "M4 5h16v14H4zM4 9.7h16M4 14.3h16",
  schedule: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 7.5V12l3 2",
  circle: "M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12z",
  help: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM9.5 9.7a2.6 2.6 0 1 1 3.7 2.3c-.8.4-1.2.9-1.2 1.8M12 16.4v.1",
  sms: "M4 5h16v11H9.5l-4 3.5V16H4zM8 10.5v.1M12 10.5v.1M16 10.5v.1",
  // Buttons.
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.5l4.5 4.5L19 7.5",
  undo: "M8.5 6.5l-4 4 4 4M4.5 10.5h9.5a5 5 0 0 1 0 10h-3",
  redo: "M15.5 6.5l4 4-4 4M19.5 10.5H10a5 5 0 0 0 0 10h3",
  tidy: "M9 3.5h6v5H9zM3.5 15.5h6v5h-6zM14.5 15.5h6v5h-6zM12 8.5V12M6.5 15.5V12h11v3.5",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  full: "M13.5 4.5h6v6M19.5 4.5l-6 6M10.5 19.5h-6v-6M4.5 19.5l6-6",
  palette: "M4 5h7v6H4zM4 14.5h7v4.5H4zM15.5 8h5M18 5.5v5M15 16.5h5",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 10.5v6M13.5 10.5v6",
  copy: "M8.5 8.5h11v11h-11zM5 15.5H4.5v-11h11V5",
  link: "M5 5.5a2 2 0 1 0 0 .1M19 18.5a2 2 0 1 0 0 .1M6.7 6.7c4 .5 8.5 2.3 10.6 10.6",
  bolt: "M13 3.5 5.5 13.5H11l-1 7 7.5-10H12z",
  warning: "M12 4.5 21 19.5H3zM12 10v4.5M12 17v.1",
  error: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v5M12 15.9v.1",
  note: "M5 4.5h14v10l-4.5 5H5zM19 14.5h-4.5v5",
  keyboard: "M3.5 7h17v10.5h-17zM7 10.5v.1M10.3 10.5v.1M13.7 10.5v.1M17 10.5v.1M8 14h8",
  cloud: "M7 18.5a4 4 0 0 1-.5-7.9 5.5 5.5 0 0 1 10.7 1A3.5 3.5 0 0 1 17 18.5z",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  chevron: "M9 6l6 6-6 6",
  inbound: "M18.5 5.5l-11 11M7 9v8h8",
};

export const Icon = memo(function Icon({ name, size = 18 }: { readonly name: string; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={1.7} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name] ?? PATHS.circle} />
    </svg>
  );
});
