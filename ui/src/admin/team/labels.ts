// What roles and statuses are called here.
import type { Agent, Role } from "../../api/models";
import { m } from "../../paraglide/messages.js";

export const roleName = (role: Role): string =>
  ({
    administrator: m.role_administrator(),
    supervisor: m.role_supervisor(),
    agent: m.role_agent(),
    guest: m.role_guest(),
  })[role];

export const roleOptions = (): { value: Role; label: string }[] =>
  (["agent", "supervisor", "administrator"] as const).map((role) => ({ value: role, label: roleName(role) }));

export function statusName(agent: Agent): string {
  const name = { online: m.status_online(), pause: m.status_pause(), offline: m.status_offline() }[
    agent.status
  ];
  return agent.status === "pause" && agent.cause
    ? m.admin_status_cause({ status: name, cause: agent.cause })
    : name;
}
