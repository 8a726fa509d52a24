-- What is known and said of contacts, labels, erasing, and how deliveries are kept.

-- told_name is what the channel says; name is what is shown: the one given here if name_given is 1.
ALTER TABLE contact ADD COLUMN told_name TEXT;
ALTER TABLE contact ADD COLUMN name_given {int} NOT NULL DEFAULT 0;
ALTER TABLE contact ADD COLUMN phone TEXT;
ALTER TABLE contact ADD COLUMN email TEXT;
ALTER TABLE contact ADD COLUMN note TEXT;
ALTER TABLE contact ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE contact ADD COLUMN version {int} NOT NULL DEFAULT 1;
UPDATE contact SET told_name = name;

CREATE TABLE label (
  id {int} PRIMARY KEY, name TEXT NOT NULL, name_folded TEXT NOT NULL UNIQUE, colour TEXT NOT NULL, version {int} NOT NULL
) {strict};
CREATE TABLE conversation_label (
  conversation_id {int} NOT NULL, label_id {int} NOT NULL, PRIMARY KEY (conversation_id, label_id)
) {strict};
CREATE INDEX conversation_label_of ON conversation_label (label_id);

-- A contact that is being erased, step by step. subjects holds what their data is found by, and is wiped at the end.
-- up_to: deliveries with greater ids came later and are none of its business.
CREATE TABLE erasure (
  id {int} PRIMARY KEY, contact_id {int} NOT NULL UNIQUE, subjects TEXT NOT NULL, up_to {int} NOT NULL,
  delivery_id {int} NOT NULL, state TEXT NOT NULL, conversations {int} NOT NULL, messages {int} NOT NULL,
  deliveries {int} NOT NULL, requested_at {int} NOT NULL, requested_by {int}, request_code TEXT, done_at {int}
) {strict};
CREATE INDEX erasure_running ON erasure (state) WHERE state <> 'done';
-- Files whose rows are gone: removed from the media folder, and looked at once more later, in case one was just
-- being written.
CREATE TABLE dead_file (medium_id {int} PRIMARY KEY, at {int} NOT NULL, removed {int} NOT NULL) {strict};

-- What was held of a person who asked that their data be deleted: account, contact or nothing; new until it is known.
ALTER TABLE deletion_request ADD COLUMN held TEXT NOT NULL DEFAULT 'account';

-- How the body is kept: 0 as it came, 1 compressed (zlib).
ALTER TABLE delivery ADD COLUMN coding {int} NOT NULL DEFAULT 0;
CREATE INDEX delivery_failed ON delivery (id) WHERE outcome = 2 AND dismissed = 0;

ALTER TABLE medium ADD COLUMN thumb {int} NOT NULL DEFAULT 0;
CREATE INDEX medium_conversation ON medium (conversation_id);
CREATE INDEX audit_user ON audit (user_id, id);
