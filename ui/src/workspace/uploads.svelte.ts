// Files on their way to the server, per conversation; they survive a switch to another conversation.
import { takesType, typeNames } from "../api/channels.svelte";
import { sentenceOf } from "../api/client";
import type { Attachment, Capabilities } from "../api/models";
import { upload, type Upload } from "../api/upload";
import { freshId } from "../kit/id";
import { m } from "../paraglide/messages.js";
import { playerOf, type Player } from "./attachments";

export class PendingFile {
  readonly id = freshId();
  progress = $state(0);
  error = $state<string | null>(null);
  attachment = $state<Attachment | null>(null);
  readonly preview: string | null;
  private running: Upload | null = null;

  constructor(
    readonly file: File,
    private readonly conversationId: string,
    private readonly capabilities: Capabilities | undefined,
  ) {
    this.preview = /^image\/(png|jpeg|gif|webp)$/.test(file.type) ? URL.createObjectURL(file) : null;
    this.start();
  }

  private get kind(): Player {
    return playerOf({ type: "file", mime: this.file.type || null });
  }

  /** Why the channel would not take it. */
  private refused(): string | null {
    if (!this.capabilities) return null;
    const { name, files } = this.capabilities;
    const limits = files[this.kind];
    if (!limits) return m.file_kind_not_taken({ channel: name });
    if (!takesType(limits.types, this.file.type))
      return m.file_type_not_taken({ channel: name, types: typeNames(limits.types) });
    if (this.file.size > limits.limit)
      return m.file_too_large({ most: Math.floor(limits.limit / 1024 / 1024) });
    return null;
  }

  start(): void {
    this.error = this.refused();
    if (this.error !== null) return;
    this.running = upload(this.file, this.conversationId, (share) => (this.progress = share));
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
    const added = [...files].map((file) => new PendingFile(file, conversationId, capabilities));
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
