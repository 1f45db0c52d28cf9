import { useRef, useEffect } from "react";

import { Icon } from "../../shared/icons";
import { useBoard } from "./board";
import { useInside } from "./Menu";

const KEYS = [
  ["Tab", "key_tab"],
  ["↑ ↓ ← →", "key_arrows"],
  ["Enter", "key_enter"],
  ["A", "key_add"],
  ["C", "key_connect"],
  ["Ctrl K", "key_find"],
  ["Ctrl Z", "key_undo"],
  ["Ctrl Y", "key_redo"],
  ["Ctrl C", "key_copy"],
  ["Ctrl X", "key_cut"],
  ["Ctrl V", "key_paste"],
  ["Ctrl D", "key_duplicate"],
  ["Ctrl A", "key_all"],
  ["Delete", "key_delete"],
  ["Alt ↑ ↓ ← →", "key_move"],
  ["P", "key_problems"],
  ["Esc", "key_escape"],
  ["?", "key_help"],
] as const;

export function Help({ onClose }: { readonly onClose: () => void }) {
  const { words } = useBoard();
  const box = useRef<HTMLDivElement>(null);
  const place = useInside(box, undefined);
  useEffect(() => box.current?.focus(), []);
  return (
    <div
      ref={box}
      className="menu help"
      style={place}
      role="dialog"
      aria-label={words("shortcuts")}
      tabIndex={-1}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape") onClose();
      }}
    >
      <div className="menu-head">
        <h3>{words("shortcuts")}</h3>
        <button type="button" className="quiet" onClick={onClose} aria-label={words("close")}>
          <Icon name="close" size={16} />
        </button>
      </div>
      <dl>
        {KEYS.map(([keys, name]) => (
          <div key={name}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{words(name)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
