// The names and colours of a review's stages.
import { m } from "../../../paraglide/messages.js";
import type { Stage } from "./draft";

export const STAGES: Stage[] = ["not_yet", "submitted", "question", "refused", "granted"];
export const stageWord = (stage: Stage): string =>
  ({
    not_yet: m.admin_review_stage_not_yet,
    submitted: m.admin_review_stage_submitted,
    question: m.admin_review_stage_question,
    refused: m.admin_review_stage_refused,
    granted: m.admin_review_stage_granted,
  })[stage]();
export const stageTone = (stage: Stage): "neutral" | "accent" | "wait" | "alarm" | "ok" =>
  (({ not_yet: "neutral", submitted: "accent", question: "wait", refused: "alarm", granted: "ok" }) as const)[
    stage
  ];
