// Files on their way to the server, per conversation; they survive a switch to another conversation.
import { takesType, typeNames } from "../api/channels.svelte";
import { api, sentenceOf } from "../api/client";
import type { Attachment, Capabilities, Medium, QuickReply } from "../api/models";
import { upload, type Upload } from "../api/upload";
import { freshId } from "../kit/id";
import { m } from "../paraglide/messages.js";
import { playerOf } from "./attachments";

/** Where a file comes from. */
type Source = {
  name: string;
  size: number;
  type: string;
  preview: string | null;
  send: (onProgress: (share: number) => void) => Upload;
};

/** Why a channel would not take a file. */
function refusalOf(
  file: Pick<Source, "size" | "type">,
  capabilities: Capabilities | undefined,
): string | null {
  if (!capabilities) return null;
  const { name, files } = capabilities;
  const limits = files[playerOf({ type: "file", mime: file.type || null })];
  if (!limits) return m.file_kind_not_taken({ channel: name });
  if (!takesType(limits.types, file.type))
    return m.file_type_not_taken({ channel: name, types: typeNames(limits.types) });
  if (file.size > limits.limit) return m.file_too_large({ most: Math.floor(limits.limit / 1024 / 1024) });
  return null;
}

const DRAWN = /^image\/(png|jpeg|gif|webp)$/;

export class PendingFile {
  readonly id = freshId();
  progress = $state(0);
  error = $state<string | null>(null);
  attachment = $state<Attachment | null>(null);
  private running: Upload | null = null;

  constructor(
    private readonly source: Source,
    private readonly capabilities: Capabilities | undefined,
  ) {
    this.start();
  }

  get name(): string {
    return this.source.name;
  }

  get size(): number {
    return this.source.size;
  }

  get preview(): string | null {
    return this.source.preview;
  }

  start(): void {
    this.error = refusalOf(this.source, this.capabilities);
    if (this.error !== null) return;
    this.running = this.source.send((share) => (this.progress = share));
    this.running.done.then(
      (medium) => {
        this.attachment = {
          id: medium.id,
          type: playerOf({ type: "file", mime: medium.mime }),
          status: "stored",
          name: medium.name,
          mime: medium.mime,
          size: medium.size,
          url: medium.url,
          thumb_url: null,
          cause: null,
          width: null,
          height: null,
          seconds: null,
          error: null,
        };
      },
      (error: unknown) => {
        if (!(error instanceof DOMException)) this.error = sentenceOf(error);
      },
    );
  }

  drop(): void {
    this.running?.cancel();
    if (this.preview) URL.revokeObjectURL(this.preview);
  }
}

class Uploads {
  private lists = $state<Record<string, PendingFile[]>>({});

  of(conversationId: string): PendingFile[] {
    return this.lists[conversationId] ?? [];
  }

  add(conversationId: string, files: Iterable<File>, capabilities: Capabilities | undefined): void {
    const sources = [...files].map((file): Source => ({
      name: file.name,
      size: file.size,
      type: file.type,
      preview: DRAWN.test(file.type) ? URL.createObjectURL(file) : null,
      send: (onProgress) => upload(file, conversationId, onProgress),
    }));
    this.push(conversationId, sources, capabilities);
  }

  /** Files of a quick reply: the server has them already and puts those that fit the channel into the conversation, all at
      once or none. */
  addFrom(conversationId: string, quick: QuickReply, capabilities: Capabilities | undefined): void {
    const path = { id: conversationId, reply_id: quick.id };
    const fit = quick.files.filter(({ size, mime }) => !refusalOf({ size, type: mime }, capabilities));
    const body = { file_ids: fit.map((file) => file.id) };
    let answer: Promise<Medium[]> | null = null;
    const copies = () =>
      (answer ??= api.post("/conversations/{id}/quick-replies/{reply_id}/files", { path, body }).then(
        ({ items }) => items,
        (error: unknown) => {
          answer = null;
          throw error;
        },
      ));
    const sources = quick.files.map((file): Source => ({
      name: file.name,
      size: file.size,
      type: file.mime,
      preview: DRAWN.test(file.mime) ? `${file.url}?size=thumb` : null,
      send: () => ({ done: copies().then((items) => items[fit.indexOf(file)]!), cancel: () => {} }),
    }));
    this.push(conversationId, sources, capabilities);
  }

  private push(conversationId: string, sources: Source[], capabilities: Capabilities | undefined): void {
    const added = sources.map((source) => new PendingFile(source, capabilities));
    this.lists[conversationId] = [...this.of(conversationId), ...added];
  }

  remove(conversationId: string, file: PendingFile): void {
    file.drop();
    this.lists[conversationId] = this.of(conversationId).filter((f) => f !== file);
  }

  /** They left with a message. */
  clear(conversationId: string): void {
    for (const file of this.of(conversationId)) file.drop();
    this.lists[conversationId] = [];
  }
}

export const uploads = new Uploads();
