// A server-sent-events parser by the HTML standard, fed with text in any slices.

export type SseEvent = { name: string; data: string; id: string };

export class SseParser {
  /** The last id seen; an event without an id inherits it. */
  lastId: string;
  private rest = "";
  private data: string[] = [];
  private name = "";
  private sawCr = false;

  constructor(lastId = "") {
    this.lastId = lastId;
  }

  /** Takes the next slice and returns the events that it completed. */
  push(slice: string): SseEvent[] {
    const events: SseEvent[] = [];
    let text = slice;
    // A CRLF may be cut in two by the network: the CR has ended the line already.
    if (this.sawCr && text.startsWith("\n")) text = text.slice(1);
    if (text !== "") this.sawCr = text.endsWith("\r");
    const lines = (this.rest + text).split(/\r\n|\r|\n/);
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.line(line, events);
    return events;
  }

  private line(line: string, events: SseEvent[]): void {
    if (line === "") {
      if (this.data.length > 0) {
        events.push({ name: this.name || "message", data: this.data.join("\n"), id: this.lastId });
      }
      this.data = [];
      this.name = "";
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment: the keep-alive
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") this.data.push(value);
    else if (field === "event") this.name = value;
    else if (field === "id" && !value.includes("\0")) this.lastId = value;
  }
}
