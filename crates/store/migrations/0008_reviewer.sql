-- Access of Meta's reviewer to a gateway: one that lives at most. Ended ones stay until what they leave behind is cleared away.
-- password is sealed; it, the word and the ref are wiped at the end.
CREATE TABLE reviewer (
  user_id {int} PRIMARY KEY, gateway_id {int} NOT NULL, password TEXT NOT NULL, code_word TEXT NOT NULL,
  ref_token TEXT NOT NULL, queue_id {int} NOT NULL, flow_id {int} NOT NULL, created_at {int} NOT NULL,
  expires_at {int} NOT NULL, signed_in_at {int}, ended_at {int}
) {strict};
CREATE UNIQUE INDEX reviewer_of_gateway ON reviewer (gateway_id) WHERE ended_at IS NULL;

-- The reviewer to whose review a conversation belongs; NULL for customers.
ALTER TABLE conversation ADD COLUMN reviewer_id {int};
CREATE INDEX conversation_reviewer ON conversation (reviewer_id) WHERE reviewer_id IS NOT NULL;
-- The gateway whose review waits in a queue, or is greeted by a flow; NULL for customers'.
ALTER TABLE queue ADD COLUMN review_of {int};
ALTER TABLE flow ADD COLUMN review_of {int};
-- Which user of ours went through the login; NULL for those of before.
ALTER TABLE connection ADD COLUMN user_id {int};
