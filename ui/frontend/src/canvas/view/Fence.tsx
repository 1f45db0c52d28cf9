import { Component, type ReactNode } from "react";

import { wordsOf } from "../../shared/words";

interface Props {
  readonly texts: Readonly<Record<string, string>>;
  readonly children: ReactNode;
}

/** A mistake in drawing must not take the page away. The document lives in the store and is untouched by it. */
export class Fence extends Component<Props, { readonly broken: boolean }> {
  override readonly state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    const words = wordsOf(this.props.texts);
    return (
      <div className="canvas">
        <p className="cover">
          {words("drawing_failed")}
          <button type="button" className="again" onClick={() => this.setState({ broken: false })}>
            {words("draw_again")}
          </button>
        </p>
      </div>
    );
  }
}
