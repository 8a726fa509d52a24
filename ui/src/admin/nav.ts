// Where one can go inside Admin, in groups, for those who may.
import CalendarClock from "@lucide/svelte/icons/calendar-clock";
import CircleCheck from "@lucide/svelte/icons/circle-check";
import ClipboardList from "@lucide/svelte/icons/clipboard-list";
import Coffee from "@lucide/svelte/icons/coffee";
import ContactRound from "@lucide/svelte/icons/contact-round";
import GraduationCap from "@lucide/svelte/icons/graduation-cap";
import House from "@lucide/svelte/icons/house";
import Inbox from "@lucide/svelte/icons/inbox";
import KeyRound from "@lucide/svelte/icons/key-round";
import ListOrdered from "@lucide/svelte/icons/list-ordered";
import Megaphone from "@lucide/svelte/icons/megaphone";
import MessageCircle from "@lucide/svelte/icons/message-circle";
import MessageSquareText from "@lucide/svelte/icons/message-square-text";
import Plug from "@lucide/svelte/icons/plug";
import QrCode from "@lucide/svelte/icons/qr-code";
import ScrollText from "@lucide/svelte/icons/scroll-text";
import ShieldCheck from "@lucide/svelte/icons/shield-check";
import SlidersHorizontal from "@lucide/svelte/icons/sliders-horizontal";
import Tag from "@lucide/svelte/icons/tag";
import Users from "@lucide/svelte/icons/users";
import UsersRound from "@lucide/svelte/icons/users-round";
import Webhook from "@lucide/svelte/icons/webhook";
import Workflow from "@lucide/svelte/icons/workflow";
import Zap from "@lucide/svelte/icons/zap";
import type { Component } from "svelte";
import type { Permission } from "../api/models";
import { session } from "../api/session.svelte";
import { m } from "../paraglide/messages.js";

export type Place = {
  href: string;
  label: () => string;
  icon: Component<{ size?: number }>;
  /** for supervisors too */
  everybody?: boolean;
  /** for users with this permission; otherwise for administrators */
  needs?: Permission;
};
export type Group = { label: (() => string) | null; places: Place[] };

export const groups: Group[] = [
  { label: null, places: [{ href: "/admin", label: m.admin_nav_overview, icon: House }] },
  {
    label: m.admin_nav_channels,
    places: [
      { href: "/admin/gateways", label: m.admin_nav_gateways, icon: Plug },
      { href: "/admin/flows", label: m.admin_nav_flows, icon: Workflow, needs: "flows" },
      { href: "/admin/entry-points", label: m.admin_nav_entries, icon: QrCode, needs: "flows" },
      { href: "/admin/campaigns", label: m.admin_nav_campaigns, icon: Megaphone, everybody: true },
      { href: "/workspace/comments", label: m.admin_nav_comments, icon: MessageCircle, everybody: true },
      { href: "/admin/contacts", label: m.admin_nav_contacts, icon: ContactRound, needs: "contacts" },
      { href: "/admin/deliveries", label: m.admin_nav_deliveries, icon: Inbox },
      { href: "/admin/webhooks", label: m.admin_nav_webhooks, icon: Webhook },
    ],
  },
  {
    label: m.admin_nav_team,
    places: [
      { href: "/admin/users", label: m.admin_nav_users, icon: Users, everybody: true },
      { href: "/admin/roles", label: m.admin_nav_roles, icon: ShieldCheck },
      { href: "/admin/teams", label: m.admin_nav_teams, icon: UsersRound, needs: "queues" },
      { href: "/admin/skills", label: m.admin_nav_skills, icon: GraduationCap, needs: "queues" },
      { href: "/admin/queues", label: m.admin_nav_queues, icon: ListOrdered, needs: "queues" },
      { href: "/admin/calendars", label: m.admin_nav_calendars, icon: CalendarClock, needs: "queues" },
      { href: "/admin/pause-causes", label: m.admin_nav_causes, icon: Coffee, needs: "content" },
      { href: "/admin/close-reasons", label: m.admin_nav_close_reasons, icon: CircleCheck, needs: "content" },
      { href: "/admin/forms", label: m.admin_nav_forms, icon: ClipboardList, needs: "content" },
      { href: "/admin/macros", label: m.admin_nav_macros, icon: Zap, needs: "content" },
      { href: "/admin/quick-replies", label: m.admin_nav_replies, icon: MessageSquareText, needs: "content" },
      { href: "/admin/labels", label: m.admin_nav_labels, icon: Tag, everybody: true },
    ],
  },
  {
    label: m.admin_nav_system,
    places: [
      { href: "/admin/audit", label: m.admin_nav_audit, icon: ScrollText },
      { href: "/admin/settings", label: m.admin_nav_settings, icon: SlidersHorizontal },
    ],
  },
  {
    label: m.admin_nav_you,
    places: [{ href: "/admin/tokens", label: m.admin_nav_tokens, icon: KeyRound, everybody: true }],
  },
];

/** Whether this person may see a place or a page. */
export const mayOpen = ({ everybody, needs }: Pick<Place, "everybody" | "needs">): boolean =>
  session.may(needs ?? "admin") || (everybody === true && session.may("supervise"));

/** The groups that this person may see. */
export function visible(): Group[] {
  return groups
    .map((group) => ({ ...group, places: group.places.filter(mayOpen) }))
    .filter((group) => group.places.length > 0);
}

/** Whether an address lies in a place. */
export function inside(place: Place, path: string): boolean {
  return path === place.href || (place.href !== "/admin" && path.startsWith(`${place.href}/`));
}
