// All labels, read once and again when they are shown; and the tone of the kit for each colour.
import { all } from "../api/client";
import type { Label, LabelColour } from "../api/models";

const TONES = { grey: "neutral", violet: "accent", green: "ok", amber: "wait", red: "alarm" } as const;

/** The kit's tone of a label's colour. */
export const toneOf = (colour: LabelColour | string): (typeof TONES)[LabelColour] =>
  TONES[colour as LabelColour] ?? "neutral";

class Labels {
  items = $state.raw<Label[]>([]);
  private loading: Promise<void> | null = null;

  /** If the request fails, the current list stays: labels are not worth an error message. */
  load(): Promise<void> {
    this.loading ??= all("/labels")
      .then((items) => void (this.items = items))
      .catch(() => {})
      .finally(() => (this.loading = null));
    return this.loading;
  }
}

export const labels = new Labels();
