import { Icon } from "../../shared/icons";
import type { Json } from "../../shared/json";
import type { Conflict } from "../model/wire";
import { useBoard } from "./board";

const ICONS = { saved: "check", saving: "cloud", loading: "cloud", conflict: "warning", retrying: "warning", away: "warning", expired: "cloud", ended: "lock", gone: "lock" } as const;

/** What is wrong with the flow, and whether all that was done is stored. It never says more than is true. */
export function State() {
  const { words, store, ask, act, readOnly } = useBoard();
  const { status } = store;
  const errors = store.issues.filter((each) => each.level === "error").length;
  const warnings = store.issues.length - errors;
  const open = (event: React.MouseEvent<HTMLElement>) => ask({ kind: "problems", at: act.below(event.currentTarget), card: undefined });
  return (
    <div className="state">
      {errors > 0 && (
        <button type="button" className="count bad" onClick={open}>
          {words(errors === 1 ? "one_error" : "errors", { count: errors })}
        </button>
      )}
      {errors === 0 && warnings > 0 && (
        <button type="button" className="count warned" onClick={open}>
          {words(warnings === 1 ? "one_warning" : "warnings", { count: warnings })}
        </button>
      )}
      {readOnly && store.loaded ? (
        <span className="status">
          <Icon name="lock" size={15} /> {words("read_only")}
        </span>
      ) : (
        <span className={`status ${status}`} role="status">
          <Icon name={ICONS[status]} size={15} /> {(status === "gone" && store.sentence) || words(`status_${status}`)}
        </span>
      )}
    </div>
  );
}

/** Somebody else was faster with the very same thing: nothing is overwritten until the person has chosen. */
export function Choice() {
  const { words, store } = useBoard();
  const { choice } = store;
  if (!choice) return null;
  return (
    <div className="choice" role="alertdialog" aria-label={words("choice")} aria-describedby="choice-list">
      <h3>{words("choice")}</h3>
      <ul id="choice-list">
        {choice.conflicts.map((each) => (
          <Clash key={`${each.edit} ${each.path.join("/")}`} clash={each} />
        ))}
      </ul>
      <div className="buttons">
        <button type="button" className="strong" onClick={() => store.decide("mine")}>
          {words("keep_mine")}
        </button>
        <button type="button" onClick={() => store.decide("theirs")}>
          {words("take_theirs")}
        </button>
      </div>
    </div>
  );
}

function Clash({ clash }: { readonly clash: Conflict }) {
  const { words } = useBoard();
  return (
    <li>
      <p>{clash.sentence}</p>
      {clash.kind === "changed" && (
        <dl>
          <dt>{words("yours")}</dt>
          <dd>{shown(clash.yours)}</dd>
          <dt>{clash.by || words("theirs")}</dt>
          <dd>{shown(clash.theirs)}</dd>
        </dl>
      )}
    </li>
  );
}

const LONG = 240;

/** A value as people write it; what is more than a value or a list of them stays out. */
function shown(value: Json): string {
  const text = Array.isArray(value) && value.every((each) => typeof each !== "object") ? value.join(", ") : typeof value === "object" ? "…" : String(value);
  return text.length > LONG ? `${text.slice(0, LONG)}…` : text;
}

/** Sentences that pass: what could not be done, and why. */
export function Notice() {
  const { words, store } = useBoard();
  const { notice } = store;
  if (!notice) return null;
  return (
    <div className="notice" role="alert">
      <p>{words(`notice_${notice.name}`, notice.facts)}</p>
      <button type="button" className="quiet" onClick={() => store.dismiss()} aria-label={words("close")}>
        <Icon name="close" size={15} />
      </button>
    </div>
  );
}
