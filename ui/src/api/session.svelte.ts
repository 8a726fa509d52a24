// Who is signed in here, and what they may see.
import { api, Problem } from "./client";
import { clock } from "./clock.svelte";
import type { AgentState, AgentStatus, Me, Permission } from "./models";

/** Figures of today begin at the viewer's midnight, wherever the installation is. */
function today(): { since: string } {
  const midnight = new Date(clock.exact());
  midnight.setHours(0, 0, 0, 0);
  return { since: midnight.toISOString() };
}

class Session {
  me = $state<Me | null>(null);
  /** Counts the changes of the status, both received and requested. */
  private statusChanges = 0;

  may(permission: Permission): boolean {
    return this.me?.permissions.includes(permission) ?? false;
  }

  /** Whether they work on conversations at all: colleagues, and guests on those of their queue. */
  get works(): boolean {
    return this.may("answer") || this.may("see_all") || this.guest !== null;
  }

  /** Whether Admin holds anything for them. */
  get administers(): boolean {
    const opens: Permission[] = ["admin", "supervise", "flows", "queues", "content", "contacts"];
    return opens.some((permission) => this.may(permission));
  }

  /** Where a guest belongs; null for everyone else. */
  get guest(): NonNullable<Me["guest"]> | null {
    return this.me?.guest ?? null;
  }

  get status(): AgentStatus | null {
    return this.me?.status ?? null;
  }

  /** Reads who is signed in from the server; null if no one is. */
  async load(): Promise<Me | null> {
    const asked = Date.now();
    try {
      const me = await api.get("/me", { query: today(), quiet401: true });
      this.take(me, Date.now() - asked);
      return me;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        this.me = null;
        return null;
      }
      throw error;
    }
  }

  /** Reads today's figures and the status again. */
  async refresh(): Promise<void> {
    const asked = Date.now();
    const before = this.statusChanges;
    const me = await api.get("/me", { query: today() });
    // What was switched in the meantime is newer than this answer, which may have been made before.
    if (this.me && this.statusChanges !== before) me.status = this.me.status;
    this.take(me, Date.now() - asked);
  }

  async signIn(email: string, password: string): Promise<void> {
    const asked = Date.now();
    this.take(await api.post("/session", { body: { email, password }, quiet401: true }), Date.now() - asked);
    // That answer counts from midnight of UTC.
    void this.refresh().catch(() => {});
  }

  async setUp(setup: { token: string; email: string; name: string; password: string }): Promise<void> {
    const asked = Date.now();
    this.take(await api.post("/setup", { body: setup, quiet401: true }), Date.now() - asked);
  }

  async signOut(): Promise<void> {
    try {
      await api.delete("/session", { quiet401: true });
    } catch (error) {
      // Already ended on the server is what we wanted; anything else must be reported.
      if (!(error instanceof Problem && error.status === 401)) throw error;
    }
  }

  async setStatus(status: AgentState, cause?: string): Promise<void> {
    this.statusChanges += 1;
    const body = cause === undefined ? { status } : { status, cause };
    this.takeStatus(await api.put("/me/status", { body }));
  }

  takeStatus(status: AgentStatus): void {
    this.statusChanges += 1;
    if (this.me) this.me.status = status;
  }

  private take(me: Me, roundTrip: number): void {
    clock.learn(me.server_time, roundTrip);
    this.me = me;
  }
}

export const session = new Session();
