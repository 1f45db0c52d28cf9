import { useEffect, useRef } from "react";

import { Icon } from "../../shared/icons";
import type { Issue } from "../model/wire";
import { issueKey, useBoard, type Point } from "./board";
import { useInside } from "./Menu";

interface Props {
  readonly at: Point | undefined;
  /** Of one card or one way; of the whole flow if both are missing. */
  readonly card: string | undefined;
  readonly edge: string | undefined;
  readonly onClose: () => void;
}

/** What the validator says, in its own sentences, with the way to the place. */
export function ProblemList({ at, card, edge, onClose }: Props) {
  const { words, store, issues, flow } = useBoard();
  const box = useRef<HTMLDivElement>(null);
  const place = useInside(box, at);
  const key = card !== undefined ? issueKey("node", card) : edge !== undefined ? issueKey("edge", edge) : undefined;
  const shown = [...((key === undefined ? store.issues : issues.get(key)) ?? [])].sort((left, right) => left.level.localeCompare(right.level));
  const name = flow.cards.find((each) => each.id === card)?.name;
  const title = name ? words("problems_in", { name }) : words("problems");
  useEffect(() => box.current?.focus(), []);
  return (
    <div
      ref={box}
      className="menu problem-list"
      style={place}
      role="dialog"
      aria-label={title}
      tabIndex={-1}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape") onClose();
      }}
    >
      <div className="menu-head">
        <h3>{title}</h3>
        <button type="button" className="quiet" onClick={onClose} aria-label={words("close")}>
          <Icon name="close" size={16} />
        </button>
      </div>
      <ul>
        {shown.map((issue) => (
          <Problem key={`${issue.code} ${issue.place} ${issue.id} ${issue.field} ${issue.sentence}`} issue={issue} jump={key === undefined} onClose={onClose} />
        ))}
      </ul>
      {shown.length === 0 && <p className="empty">{words("no_problems")}</p>}
    </div>
  );
}

function Problem({ issue, jump, onClose }: { readonly issue: Issue; readonly jump: boolean; readonly onClose: () => void }) {
  const { words, act, flow } = useBoard();
  const card = issue.place === "node" ? flow.cards.find((each) => each.id === issue.id) : undefined;
  const go = () => {
    onClose();
    if (issue.place === "edge") act.goToWay(issue.id);
    else act.goTo(issue.id);
  };
  return (
    <li className={issue.level}>
      <Icon name={issue.level === "error" ? "error" : "warning"} size={17} />
      <div>
        <p>{issue.sentence}</p>
        <p className="fix">{issue.fix}</p>
        {jump && (card || issue.place === "edge") && (
          <button type="button" className="go" onClick={go}>
            {card ? words("go_to_card", { name: card.name }) : words("go_to_way")}
          </button>
        )}
      </div>
    </li>
  );
}
