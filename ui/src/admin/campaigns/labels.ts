// What the states and outcomes of campaigns are called.
import type { Campaign, CampaignOutcome } from "../../api/models";
import { m } from "../../paraglide/messages.js";
import type { Mistake } from "./list";

type Tone = "ok" | "wait" | "alarm" | "neutral" | "accent";

export function state(campaign: Pick<Campaign, "state" | "pause">): { tone: Tone; text: string } {
  switch (campaign.state) {
    case "running":
      return { tone: "accent", text: m.admin_campaign_running() };
    case "paused":
      return {
        tone: campaign.pause?.code === "user" ? "wait" : "alarm",
        text: m.admin_campaign_paused(),
      };
    case "done":
      return { tone: "ok", text: m.admin_campaign_done() };
    case "cancelled":
      return { tone: "neutral", text: m.admin_campaign_cancelled() };
  }
}

export const OUTCOMES: { key: CampaignOutcome; label: () => string; tone: Tone }[] = [
  { key: "waiting", label: m.admin_campaign_waiting, tone: "neutral" },
  { key: "sent", label: m.admin_campaign_sent, tone: "accent" },
  { key: "delivered", label: m.admin_campaign_delivered, tone: "ok" },
  { key: "read", label: m.admin_campaign_read, tone: "ok" },
  { key: "uncertain", label: m.admin_campaign_uncertain, tone: "wait" },
  { key: "failed", label: m.admin_campaign_failed, tone: "alarm" },
  { key: "skipped", label: m.admin_campaign_skipped, tone: "neutral" },
];

export function outcome(key: CampaignOutcome): { label: string; tone: Tone } {
  const found = OUTCOMES.find((known) => known.key === key);
  return { label: found?.label() ?? key, tone: found?.tone ?? "neutral" };
}

export function mistake({ line, kind, name }: Mistake): string {
  switch (kind) {
    case "number":
      return m.admin_campaign_bad_number({ line });
    case "variable":
      return m.admin_campaign_bad_variable({ line, name });
    case "column":
      return m.admin_campaign_bad_column({ name });
  }
}
