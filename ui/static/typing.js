// What Streamlit's text boxes lack: they report what is typed when they are left, and a window that dies before that
// loses it. This reports while somebody types: after a pause of PAUSE_MS, and at least every EVERY_MS.
// It also puts the cursor into a field that Python names, for problems that lead to their field.

const PAUSE_MS = 500;
const EVERY_MS = 900;
const BOXES = '[data-testid="stTextInput"] input, [data-testid="stTextArea"] textarea, [data-testid="stNumberInput"] input';

let watching = false;

function report(box) {
  // Enter is how Streamlit's boxes report without losing the cursor; text areas want Ctrl with it.
  const area = box instanceof HTMLTextAreaElement;
  const enter = { key: "Enter", code: "Enter", keyCode: 13, which: 13, ctrlKey: area, bubbles: true, cancelable: true };
  box.dispatchEvent(new KeyboardEvent("keydown", enter));
}

function watch() {
  if (watching) return;
  watching = true;
  let pause;
  let since = 0;
  const now = (box) => {
    clearTimeout(pause);
    since = 0;
    if (box.isConnected) report(box);
  };
  const typed = (event) => {
    const box = event.target;
    if (!(box instanceof HTMLElement) || !box.matches(BOXES) || event.isComposing) return;
    clearTimeout(pause);
    since ||= performance.now();
    // Behind React's own listeners, so that the box knows the newest text before it reports.
    if (performance.now() - since >= EVERY_MS) setTimeout(() => now(box), 0);
    else pause = setTimeout(() => now(box), PAUSE_MS);
  };
  document.addEventListener("input", typed);
  document.addEventListener("compositionend", typed);
}

let focused = "";

function focus(field) {
  // Streamlit gives every keyed widget a class made of its key; a field's key begins with its place in the flow.
  if (!field || field === focused) return;
  focused = field;
  let tries = 20;
  const seek = () => {
    const holder = document.querySelector(`[class*="${CSS.escape(field)}"]`);
    const box = holder?.querySelector("textarea, input, [role=combobox], button");
    if (box) {
      box.scrollIntoView({ block: "center" });
      box.focus({ preventScroll: true });
    } else if (--tries > 0) setTimeout(seek, 100);
  };
  setTimeout(seek, 50);
}

let chosen = "";

function show(id) {
  // In a long list, what was chosen elsewhere (an address, a problem) is brought into view.
  if (!id || id === chosen) return;
  chosen = id;
  const seek = () => {
    const radio = document.querySelector(".st-key-outline-list input:checked");
    if (chosen === id) radio?.closest("label")?.scrollIntoView({ block: "center" });
  };
  // Words are drawn after their boxes and push them down, so once is not enough.
  for (const ms of [50, 300, 700, 1300]) setTimeout(seek, ms);
}

export default ({ data }) => {
  watch();
  show(data?.chosen ? `${data.chosen}` : "");
  focus(data?.field ? `${data.field}` : "");
  if (!data?.field) focused = "";
};
