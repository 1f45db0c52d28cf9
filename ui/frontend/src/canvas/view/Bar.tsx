import { Icon } from "../../shared/icons";
import { useBoard } from "./board";

interface Props {
  readonly palette: boolean;
  readonly full: boolean;
  readonly onPalette: () => void;
  readonly onFull: () => void;
}

/** The tools above the canvas. */
export function Bar({ palette, full, onPalette, onFull }: Props) {
  const { words, act, ask, store, readOnly } = useBoard();
  return (
    <div className="bar" role="toolbar" aria-label={words("tools")}>
      {!readOnly && (
        <>
          <Tool icon="palette" name={words("palette")} pressed={palette} onClick={onPalette} />
          <Tool icon="undo" name={words("undo")} keys="Ctrl+Z" disabled={store.history.past.length === 0} onClick={() => act.undo()} />
          <Tool icon="redo" name={words("redo")} keys="Ctrl+Y" disabled={store.history.future.length === 0} onClick={() => act.redo()} />
          <Tool icon="tidy" name={words("tidy")} onClick={() => act.tidy()} />
        </>
      )}
      <Tool icon="fit" name={words("fit")} onClick={() => act.fit()} />
      <Tool icon="full" name={words(full ? "leave_full" : "full")} pressed={full} onClick={onFull} />
      <Tool icon="keyboard" name={words("shortcuts")} keys="?" onClick={() => ask({ kind: "help" })} />
      <button type="button" className="find" onClick={() => ask({ kind: "find" })} title={words("find")}>
        <Icon name="search" size={15} />
        <span>{words("find")}</span>
        <kbd>Ctrl K</kbd>
      </button>
    </div>
  );
}

interface ToolProps {
  readonly icon: string;
  readonly name: string;
  readonly keys?: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

function Tool({ icon, name, keys, pressed, disabled, onClick }: ToolProps) {
  return (
    <button type="button" title={keys ? `${name} (${keys})` : name} aria-label={name} aria-keyshortcuts={keys?.replace("Ctrl", "Control")} aria-pressed={pressed} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
