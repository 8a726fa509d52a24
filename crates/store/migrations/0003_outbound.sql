-- Files that Meta keeps for a Page, known by their content: sent again by id until they expire.
CREATE TABLE kept_file (
  gateway_id {int} NOT NULL, page_id TEXT NOT NULL, digest TEXT NOT NULL, attachment_id TEXT NOT NULL,
  expires_at {int} NOT NULL, PRIMARY KEY (gateway_id, page_id, digest)
) {strict};
CREATE INDEX kept_file_expiry ON kept_file (expires_at);

-- What our people look like, and what Meta keeps of it for a Page: persona_id is NULL where Meta refused.
CREATE TABLE portrait (user_id {int} PRIMARY KEY, key TEXT NOT NULL UNIQUE, medium_id {int} NOT NULL, mime TEXT NOT NULL) {strict};
CREATE TABLE persona (
  gateway_id {int} NOT NULL, page_id TEXT NOT NULL, user_id {int} NOT NULL, persona_id TEXT, look TEXT NOT NULL,
  tried_at {int} NOT NULL, PRIMARY KEY (gateway_id, page_id, user_id)
) {strict};
ALTER TABLE gateway ADD COLUMN personas {int} NOT NULL DEFAULT 0;
