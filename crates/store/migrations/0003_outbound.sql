-- Files that Meta keeps for a Page, known by their content: sent again by id until they expire.
CREATE TABLE kept_file (
  gateway_id {int} NOT NULL, page_id TEXT NOT NULL, digest TEXT NOT NULL, attachment_id TEXT NOT NULL,
  expires_at {int} NOT NULL, PRIMARY KEY (gateway_id, page_id, digest)
) {strict};
CREATE INDEX kept_file_expiry ON kept_file (expires_at);
