-- What a gateway may do, pauses that Meta imposes on a Page, which part of a message an id of Meta's stands for,
-- the ways through a long outbox, and the search for what was missed.

ALTER TABLE gateway ADD COLUMN human_agent {int} NOT NULL DEFAULT 0;
ALTER TABLE gateway ADD COLUMN page_rate {int} NOT NULL DEFAULT 40;
ALTER TABLE page ADD COLUMN paused_until {int};
ALTER TABLE page ADD COLUMN pause_reason TEXT;
ALTER TABLE page ADD COLUMN pauses {int} NOT NULL DEFAULT 0;
ALTER TABLE mid ADD COLUMN part_no {int} NOT NULL DEFAULT 0;

-- The outbox by page and customer: its next ones are found by jumps, however much waits. A request of state
-- 'released' may have left and holds nobody any more; it stays until it is known.
DROP INDEX outbox_lane;
CREATE INDEX outbox_page ON outbox (page_id, identity_id, id);
CREATE INDEX outbox_people ON outbox (page_id, identity_id) WHERE speaker = 'agent';
CREATE INDEX outbox_uncertain ON outbox (next_at) WHERE state = 'uncertain';
CREATE INDEX outbox_released ON outbox (next_at) WHERE state = 'released';

-- The search through a Page's conversations for what no webhook brought. state: waiting, running, done, failed.
CREATE TABLE catch_up (
  gateway_id {int} NOT NULL, page_id TEXT NOT NULL, state TEXT NOT NULL, since_at {int} NOT NULL, cursor TEXT,
  checked {int} NOT NULL, found {int} NOT NULL, unreadable {int} NOT NULL, tries {int} NOT NULL,
  next_at {int} NOT NULL, at {int} NOT NULL, message TEXT NOT NULL, PRIMARY KEY (gateway_id, page_id)
) {strict};
-- 0 came by webhook; 1 was caught up and is recorded only; 2 was caught up and asks for an answer.
ALTER TABLE delivery ADD COLUMN caught_up {int} NOT NULL DEFAULT 0;
