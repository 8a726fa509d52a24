-- What comes in to its full depth: edits in their order, policy measures against a Page, changes that come
-- before the message they speak of, and comments on the Page's posts.

ALTER TABLE message ADD COLUMN edit_no {int} NOT NULL DEFAULT 0;

-- The last policy measure of Meta's: policy is NULL once it is lifted, its time stays.
ALTER TABLE page ADD COLUMN policy TEXT;
ALTER TABLE page ADD COLUMN policy_kind TEXT;
ALTER TABLE page ADD COLUMN policy_at {int};

-- Edits, unsends, reactions and receipts of messages that are not here yet. `rank` says which of two is the newer.
CREATE TABLE early (
  page_id TEXT NOT NULL, mid TEXT NOT NULL, kind TEXT NOT NULL, customer TEXT NOT NULL, rank {int} NOT NULL,
  body TEXT NOT NULL, received_at {int} NOT NULL, PRIMARY KEY (page_id, mid, kind)
) {strict};
CREATE INDEX early_time ON early (received_at);

-- Comments and visitors' posts. replied_at and reply_message_id are of the one private reply that Meta allows.
CREATE TABLE comment (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, page_id TEXT NOT NULL, comment_id TEXT NOT NULL,
  is_post {int} NOT NULL, post_id TEXT, parent_id TEXT, from_id TEXT, from_name TEXT, text TEXT, link TEXT,
  state TEXT NOT NULL, written_at {int} NOT NULL, edited_at {int}, changed_at {int} NOT NULL,
  replied_at {int}, reply_message_id {int}, UNIQUE (page_id, comment_id)
) {strict};
CREATE INDEX comment_list ON comment (page_id, written_at, id);
