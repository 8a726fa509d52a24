// A user together with the agent that they may be.
import type { Agent, User } from "../../api/models";

export type Person = { user: User; agent: Agent | null; version: number };
