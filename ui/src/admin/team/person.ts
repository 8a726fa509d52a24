// A user together with the agent that they may be.
import type { Agent, User } from "../../api/types";

export type Person = { user: User; agent: Agent | null; version: number };
