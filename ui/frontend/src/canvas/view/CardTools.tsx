import { NodeToolbar, Position } from "@xyflow/react";

import { Icon } from "../../shared/icons";
import { useBoard } from "./board";

/** What can be done with the one chosen card. */
export function CardTools({ id, talks, start, startInbound }: { readonly id: string; readonly talks: boolean; readonly start: boolean; readonly startInbound: boolean }) {
  const { words, act, readOnly } = useBoard();
  if (readOnly) return null;
  return (
    <NodeToolbar position={Position.Right} align="start" offset={8}>
      <div className="card-tools" role="toolbar" aria-label={words("card_tools")}>
        <Tool icon="copy" name={words("duplicate")} onClick={() => act.duplicate()} />
        {talks && !start && <Tool icon="play_arrow" name={words("begin_here")} onClick={() => act.beginWith(id, false)} />}
        {talks && !startInbound && <Tool icon="inbound" name={words("begin_inbound_here")} onClick={() => act.beginWith(id, true)} />}
        {!start && <Tool icon="trash" name={words("remove")} onClick={() => act.remove([id], [])} />}
      </div>
    </NodeToolbar>
  );
}

function Tool({ icon, name, onClick }: { readonly icon: string; readonly name: string; readonly onClick: () => void }) {
  return (
    <button type="button" title={name} aria-label={name} onClick={onClick}>
      <Icon name={icon} size={16} />
    </button>
  );
}
