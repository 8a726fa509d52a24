// The text of a date field. While it is typed, and when it is no date, it is not the value as it would be written: it
// belongs to the value that the field has then, and goes when the field gets another one.
import { readDate, writeDate } from "./dates";

type Field = {
  /** what is bound */
  value: string;
  readonly time: boolean;
  /** what is no date filters by none; elsewhere the value stays as it was */
  readonly filter: boolean;
};

export class TypedDate {
  private typed = $state.raw<{ text: string; of: string; isWrong: boolean } | null>(null);

  constructor(private readonly field: Field) {}

  private get current() {
    return this.typed?.of === this.field.value ? this.typed : null;
  }

  get text(): string {
    return this.current?.text ?? writeDate(this.field.value);
  }

  /** The field was left with a text that is no date. */
  get isWrong(): boolean {
    return this.current?.isWrong ?? false;
  }

  input(text: string): void {
    const read = readDate(text, this.field.time);
    // "1/1/20" may be on its way to 2026.
    if (text.trim() === "") this.field.value = "";
    else if (read && /\d{4}/.test(text)) this.field.value = read;
    this.typed = { text, of: this.field.value, isWrong: false };
  }

  /** The field was left, or Enter was pressed. */
  change(): void {
    const text = this.current?.text;
    if (text === undefined) return;
    const read = text.trim() === "" ? "" : readDate(text, this.field.time);
    if (read !== null) return this.set(read);
    if (this.field.filter) this.field.value = "";
    this.typed = { text, of: this.field.value, isWrong: true };
  }

  /** Sets the value in another way than by typing. */
  set(value: string): void {
    this.typed = null;
    this.field.value = value;
  }
}
