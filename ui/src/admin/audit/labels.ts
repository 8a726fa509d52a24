// Actions of the audit log as text: `gateway.update` becomes "Chat gateway changed".
import type { AuditLine } from "../../api/models";
import { m } from "../../paraglide/messages.js";

export const NOUNS: { key: string; label: () => string }[] = [
  { key: "contact", label: m.admin_noun_contact },
  { key: "gateway", label: m.admin_gw },
  { key: "account", label: m.admin_noun_account },
  { key: "login", label: m.admin_noun_login },
  { key: "campaign", label: m.admin_noun_campaign },
  { key: "delivery", label: m.admin_dl },
  { key: "flow", label: m.admin_noun_flow },
  { key: "queue", label: m.admin_queue },
  { key: "calendar", label: m.admin_calendar },
  { key: "team", label: m.admin_noun_team },
  { key: "skill", label: m.admin_noun_skill },
  { key: "user", label: m.admin_noun_user },
  { key: "agent", label: m.admin_noun_agent },
  { key: "token", label: m.admin_noun_token },
  { key: "session", label: m.admin_noun_session },
  { key: "label", label: m.admin_noun_label },
  { key: "quick_reply", label: m.admin_noun_reply },
  { key: "close_reason", label: m.admin_noun_close_reason },
  { key: "form", label: m.admin_form },
  { key: "macro", label: m.admin_macro },
  { key: "role", label: m.admin_user_role },
  { key: "pause_cause", label: m.admin_noun_cause },
  { key: "settings", label: m.admin_nav_settings },
  { key: "retention", label: m.admin_noun_retention },
  { key: "webhook", label: m.admin_noun_webhook },
  { key: "reviewer", label: m.admin_access_title },
  { key: "review", label: m.admin_noun_review },
];

const verbs = (): Record<string, string> => ({
  create: m.admin_verb_create(),
  update: m.admin_verb_update(),
  delete: m.admin_verb_delete(),
  connect: m.admin_verb_connect(),
  deauthorize: m.admin_verb_deauthorize(),
  forget: m.admin_verb_forget(),
  subscribe: m.admin_verb_subscribe(),
  unsubscribe: m.admin_verb_unsubscribe(),
  publish: m.admin_verb_publish(),
  roll_back: m.admin_verb_roll_back(),
  refresh: m.admin_verb_refresh(),
  renew: m.admin_verb_renew(),
  catch_up: m.admin_verb_catch_up(),
  retry_sends: m.admin_verb_retry_sends(),
  film: m.admin_verb_film(),
  activate: m.admin_verb_activate(),
  deactivate: m.admin_verb_deactivate(),
  password: m.admin_verb_password(),
  retry: m.admin_verb_retry(),
  retry_all: m.admin_verb_retry_all(),
  dismiss: m.admin_verb_dismiss(),
  export: m.admin_verb_export(),
  erase: m.admin_verb_erase(),
  erased: m.admin_verb_erased(),
  import: m.admin_verb_import(),
  merge: m.admin_verb_merge(),
  split: m.admin_verb_split(),
  disconnect: m.admin_verb_disconnect(),
  give: m.admin_verb_give(),
  replace: m.admin_verb_replace(),
  revoke: m.admin_verb_revoke(),
  expire: m.admin_verb_expire(),
  sign_in: m.admin_verb_sign_in(),
  pause: m.admin_verb_pause(),
  resume: m.admin_verb_resume(),
  cancel: m.admin_verb_cancel(),
  record: m.admin_verb_record(),
  "record.remove": m.admin_verb_record_remove(),
});

/** Actions that are not something done to a noun, or only to one kind of it. */
const WHOLE: Record<string, () => string> = {
  "account.register": m.admin_act_register,
  "session.create": m.admin_act_sign_in,
  "session.refuse": m.admin_act_refuse,
  "session.delete": m.admin_act_sign_out,
  "user.password.refuse": m.admin_act_password_refuse,
};

const nounOf = (key: string) =>
  // A part of the settings: no action begins with it, so it is no filter.
  key === "language_model" ? m.admin_ai() : NOUNS.find((known) => known.key === key)?.label();

/** What an action was done to. One that has no name, or no longer exists, is shown by its kind, not by its number. */
export function objectWords({ object, object_name }: Pick<AuditLine, "object" | "object_name">): string {
  if (object_name) return object_name;
  const [, account] = /^account (.+) of gateway \d+$/.exec(object) ?? [];
  if (account) return m.admin_audit_of({ noun: m.admin_noun_account(), name: account });
  const kind = object.replace(/ \d+$/, "").replaceAll(" ", "_");
  return nounOf(kind) ?? object;
}

/** A remark with the names of the roles and users that it has ids of. */
export const detailWords = (detail: string, names: ReadonlyMap<string, string>): string =>
  detail.replace(/\b(?:user )?(\d{5,})\b/g, (text, id: string) => names.get(id) ?? text);

/** An unknown action is shown as the server names it: none is ever hidden. */
export function words(action: string): string {
  const whole = WHOLE[action];
  if (whole) return whole();
  const [noun = "", ...rest] = action.split(".");
  const verb = rest.join(".");
  const what = nounOf(noun) ?? noun.replaceAll("_", " ");
  return m.admin_audit_act({
    noun: what,
    verb: verbs()[action] ?? verbs()[verb] ?? verb.replaceAll(/[_.]/g, " "),
  });
}
