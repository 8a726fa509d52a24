// What roles and statuses are called here.
import type { Agent, Permission, Role, User } from "../../api/models";
import { m } from "../../paraglide/messages.js";

type Named = Pick<User, "role" | "role_name">;

const BUILT_IN: Record<string, { name: () => string; hint: () => string }> = {
  agent: { name: m.role_agent, hint: m.admin_role_agent_hint },
  supervisor: { name: m.role_supervisor, hint: m.admin_role_supervisor_hint },
  administrator: { name: m.role_administrator, hint: m.admin_role_administrator_hint },
  guest: { name: m.role_guest, hint: m.admin_role_guest_hint },
};

export const roleName = ({ role, role_name }: Named): string => BUILT_IN[role]?.name() ?? role_name ?? role;

/** What can be given to a user: the built-in roles and the others. */
export const roleOptions = (others: Role[]): { value: string; label: string }[] => [
  ...["agent", "supervisor", "administrator"].map((role) => ({
    value: role,
    label: roleName({ role, role_name: null }),
  })),
  ...others.filter((role) => !role.built_in).map(({ id, name }) => ({ value: id, label: name })),
];

/** What a role allows, in a line. */
export const roleHint = (role: string, others: Role[]): string =>
  BUILT_IN[role]?.hint() ??
  others
    .find(({ id }) => id === role)
    ?.permissions.map(permissionName)
    .join(", ") ??
  "";

const PERMISSIONS: Record<Permission, { name: () => string; hint: () => string }> = {
  admin: { name: m.admin_perm_admin, hint: m.admin_perm_admin_hint },
  flows: { name: m.admin_perm_flows, hint: m.admin_perm_flows_hint },
  queues: { name: m.admin_perm_queues, hint: m.admin_perm_queues_hint },
  content: { name: m.admin_perm_content, hint: m.admin_perm_content_hint },
  contacts: { name: m.admin_perm_contacts, hint: m.admin_perm_contacts_hint },
  supervise: { name: m.admin_perm_supervise, hint: m.admin_perm_supervise_hint },
  see_all: { name: m.admin_perm_see_all, hint: m.admin_perm_see_all_hint },
  answer: { name: m.admin_perm_answer, hint: m.admin_perm_answer_hint },
  connect: { name: m.admin_perm_connect, hint: m.admin_perm_connect_hint },
  attend: { name: m.admin_perm_attend, hint: m.admin_perm_attend_hint },
};

export const permissionName = (permission: Permission): string => PERMISSIONS[permission].name();

/** Every permission that a role can be given: `attend` comes with each. */
export const permissionChoices = () =>
  (Object.keys(PERMISSIONS) as Permission[])
    .filter((id) => id !== "attend")
    .map((id) => ({ id, name: PERMISSIONS[id].name(), hint: PERMISSIONS[id].hint() }));

export function statusName(agent: Agent): string {
  const name = { online: m.status_online(), pause: m.status_pause(), offline: m.status_offline() }[
    agent.status
  ];
  return agent.status === "pause" && agent.cause
    ? m.admin_status_cause({ status: name, cause: agent.cause })
    : name;
}
