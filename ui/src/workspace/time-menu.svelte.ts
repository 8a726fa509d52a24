// Asks for a moment to come: until when to snooze, when to send. The menu itself is loaded when it is first wanted.

/** What it is for; the words and what else can be chosen depend on it. */
export type TimeKind = "snooze" | "send";
type Asked = {
  kind: TimeKind;
  anchor: Element | undefined;
  /** null: until the customer writes */
  pick: (at: string | null) => void;
};

class TimeMenu {
  asked = $state.raw<Asked | null>(null);

  show(kind: TimeKind, anchor: Element | undefined, pick: Asked["pick"]): true {
    this.asked = { kind, anchor, pick };
    return true;
  }
}

export const timeMenu = new TimeMenu();
