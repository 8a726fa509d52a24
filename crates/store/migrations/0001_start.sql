-- The first schema. Times are microseconds since 1970 in UTC, ids 64-bit and ordered by time, JSON is text,
-- booleans are 0 and 1. Words in braces are replaced per engine (migrate.rs).

CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) {strict};

-- Who does the background work. A node that finds its fence overtaken stops.
CREATE TABLE lease (
  name TEXT PRIMARY KEY, owner TEXT NOT NULL, fence {int} NOT NULL, until {int} NOT NULL
) {strict};

CREATE TABLE account (
  id {int} PRIMARY KEY, email TEXT NOT NULL, email_folded TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  role TEXT NOT NULL, password TEXT NOT NULL, is_agent {int} NOT NULL, active {int} NOT NULL,
  created_at {int} NOT NULL, version {int} NOT NULL
) {strict};
CREATE TABLE session (
  hash TEXT PRIMARY KEY, user_id {int} NOT NULL, created_at {int} NOT NULL, seen_at {int} NOT NULL
) {strict};
CREATE INDEX session_of_user ON session (user_id);
CREATE TABLE token (
  id {int} PRIMARY KEY, user_id {int} NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
  created_at {int} NOT NULL, used_at {int}
) {strict};
CREATE INDEX token_of_user ON token (user_id);
CREATE TABLE setup_link (hash TEXT PRIMARY KEY, expires_at {int} NOT NULL) {strict};
CREATE TABLE audit (
  id {int} PRIMARY KEY, at {int} NOT NULL, user_id {int}, action TEXT NOT NULL, object TEXT NOT NULL, detail TEXT NOT NULL
) {strict};

CREATE TABLE agent (
  user_id {int} PRIMARY KEY, status TEXT NOT NULL, cause TEXT, since {int} NOT NULL, reason TEXT,
  capacity {int} NOT NULL, idle_since {int} NOT NULL, missed {int} NOT NULL, streamed {int} NOT NULL,
  lost_at {int}, version {int} NOT NULL
) {strict};
CREATE TABLE pause_cause (id {int} PRIMARY KEY, name TEXT NOT NULL UNIQUE, version {int} NOT NULL) {strict};
CREATE TABLE quick_reply (
  id {int} PRIMARY KEY, shortcut TEXT NOT NULL UNIQUE, title TEXT NOT NULL, text TEXT NOT NULL, version {int} NOT NULL
) {strict};
CREATE TABLE queue (
  id {int} PRIMARY KEY, name TEXT NOT NULL UNIQUE, strategy TEXT NOT NULL, priority {int} NOT NULL,
  offer_seconds {int} NOT NULL, missed_limit {int} NOT NULL, wrap_up_seconds {int} NOT NULL,
  all_agents {int} NOT NULL, version {int} NOT NULL
) {strict};
CREATE TABLE queue_agent (queue_id {int} NOT NULL, user_id {int} NOT NULL, PRIMARY KEY (queue_id, user_id)) {strict};

CREATE TABLE flow (
  id {int} PRIMARY KEY, name TEXT NOT NULL UNIQUE, draft TEXT NOT NULL, published {int}, version {int} NOT NULL
) {strict};
CREATE TABLE flow_version (
  flow_id {int} NOT NULL, number {int} NOT NULL, body TEXT NOT NULL, published_at {int} NOT NULL,
  published_by TEXT NOT NULL, PRIMARY KEY (flow_id, number)
) {strict};

CREATE TABLE gateway (
  id {int} PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, app_id TEXT NOT NULL, uri TEXT NOT NULL UNIQUE,
  verify_token TEXT NOT NULL, app_secret TEXT NOT NULL, secret_state TEXT NOT NULL, flow_id {int} NOT NULL,
  api_version TEXT NOT NULL, login_config_id TEXT, enabled {int} NOT NULL, templates TEXT NOT NULL,
  webhook_verified_at {int}, login_ok_at {int}, last_event_at {int}, last_sent_at {int},
  signature_failures {int} NOT NULL, created_at {int} NOT NULL, deleted_at {int}, version {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX gateway_app ON gateway (app_id) WHERE deleted_at IS NULL;
-- One Facebook account that connected pages on a gateway, with its token (encrypted).
CREATE TABLE connection (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, person_id TEXT NOT NULL, person_name TEXT NOT NULL,
  token TEXT NOT NULL, alive {int} NOT NULL, scopes TEXT NOT NULL, connected_at {int} NOT NULL,
  UNIQUE (gateway_id, person_id)
) {strict};
CREATE TABLE page (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, page_id TEXT NOT NULL, name TEXT NOT NULL, picture_url TEXT,
  problem TEXT, subscribed {int} NOT NULL, trouble TEXT, leaving_until {int}, connected_at {int} NOT NULL,
  last_event_at {int}, UNIQUE (gateway_id, page_id)
) {strict};
-- What one connection may do on one page: the page token (encrypted) and its tasks.
CREATE TABLE page_access (
  gateway_id {int} NOT NULL, page_id TEXT NOT NULL, connection_id {int} NOT NULL, token TEXT NOT NULL,
  tasks TEXT NOT NULL, alive {int} NOT NULL, PRIMARY KEY (gateway_id, page_id, connection_id)
) {strict};
CREATE TABLE login_attempt (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, state_hash TEXT NOT NULL UNIQUE, user_id {int} NOT NULL,
  session_hash TEXT, expires_at {int} NOT NULL, outcome TEXT NOT NULL, message TEXT NOT NULL
) {strict};
CREATE TABLE permission_use (
  gateway_id {int} NOT NULL, permission TEXT NOT NULL, endpoint TEXT NOT NULL, at {int} NOT NULL,
  PRIMARY KEY (gateway_id, permission)
) {strict};
CREATE TABLE deletion_request (
  code TEXT PRIMARY KEY, gateway_id {int} NOT NULL, person_id TEXT NOT NULL, requested_at {int} NOT NULL,
  done_at {int}, UNIQUE (gateway_id, person_id)
) {strict};

-- What Meta delivered, as it came. outcome: 0 nothing for us, 1 applied, 2 failed.
CREATE TABLE delivery (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, page_id TEXT, received_at {int} NOT NULL, body {blob} NOT NULL,
  events {int} NOT NULL, pending {int} NOT NULL, outcome {int} NOT NULL, error TEXT, dismissed {int} NOT NULL
) {strict};
CREATE INDEX delivery_time ON delivery (received_at);
-- Events of deliveries that are not applied yet, by the conversation that they belong to.
CREATE TABLE inbox (
  delivery_id {int} NOT NULL, n {int} NOT NULL, key TEXT NOT NULL, PRIMARY KEY (delivery_id, n)
) {strict};

CREATE TABLE contact (
  id {int} PRIMARY KEY, name TEXT, name_folded TEXT NOT NULL, picture {int}, picture_wanted {int},
  created_at {int} NOT NULL
) {strict};
CREATE INDEX contact_picture ON contact (picture_wanted) WHERE picture_wanted IS NOT NULL;
CREATE TABLE identity (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, page_id TEXT NOT NULL, external_id TEXT NOT NULL,
  contact_id {int} NOT NULL, last_user_at {int}, profile_tries {int} NOT NULL, profile_next_at {int},
  created_at {int} NOT NULL, UNIQUE (page_id, external_id)
) {strict};
CREATE INDEX identity_contact ON identity (contact_id);
CREATE INDEX identity_profile ON identity (profile_next_at) WHERE profile_next_at IS NOT NULL;

-- is_open is 1 while the customer can go on in it and NULL afterwards, so that one identity has one open
-- conversation at most. due_at is the earliest of its timers.
CREATE TABLE conversation (
  id {int} PRIMARY KEY, identity_id {int} NOT NULL, contact_id {int} NOT NULL, gateway_id {int} NOT NULL,
  page_id TEXT NOT NULL, state TEXT NOT NULL, is_open {int}, queue_id {int}, agent_id {int}, last_agent_id {int},
  offered_to {int}, priority {int} NOT NULL, created_at {int} NOT NULL, last_activity_at {int} NOT NULL, queued_at {int},
  closed_at {int}, due_at {int}, unread {int} NOT NULL, body TEXT NOT NULL, version {int} NOT NULL,
  UNIQUE (identity_id, is_open)
) {strict};
CREATE INDEX conversation_activity ON conversation (last_activity_at);
CREATE INDEX conversation_waiting ON conversation (queue_id, state) WHERE is_open = 1;
CREATE INDEX conversation_agent ON conversation (agent_id, state);
CREATE INDEX conversation_contact ON conversation (contact_id);
CREATE INDEX conversation_due ON conversation (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE message (
  id {int} PRIMARY KEY, conversation_id {int} NOT NULL, identity_id {int} NOT NULL, kind TEXT NOT NULL,
  direction TEXT NOT NULL, sender_kind TEXT NOT NULL, sender_name TEXT NOT NULL, sender_id {int},
  text TEXT, folded TEXT NOT NULL, extra TEXT NOT NULL, status TEXT NOT NULL, error TEXT, at {int} NOT NULL,
  sent_at {int}, delivered_at {int}, read_at {int}, edited_at {int}, unsent_at {int}, client_id TEXT,
  UNIQUE (conversation_id, client_id)
) {strict};
CREATE INDEX message_thread ON message (conversation_id, at, id);
CREATE INDEX message_receipts ON message (identity_id, status) WHERE direction = 'out';
-- The channel's ids of messages: what a duplicate, an echo or a reaction is known by.
CREATE TABLE mid (page_id TEXT NOT NULL, mid TEXT NOT NULL, message_id {int} NOT NULL, PRIMARY KEY (page_id, mid)) {strict};
CREATE INDEX mid_message ON mid (message_id);

CREATE TABLE medium (
  id {int} PRIMARY KEY, conversation_id {int}, message_id {int}, kind TEXT NOT NULL, name TEXT NOT NULL,
  mime TEXT NOT NULL, size {int} NOT NULL, state TEXT NOT NULL, source_url TEXT, error TEXT, tries {int} NOT NULL,
  next_at {int}, created_by {int}, created_at {int} NOT NULL
) {strict};
CREATE INDEX medium_message ON medium (message_id);
CREATE INDEX medium_next ON medium (next_at) WHERE next_at IS NOT NULL;

-- What must reach Meta, one row a request; gone once it is settled.
CREATE TABLE outbox (
  id {int} PRIMARY KEY, message_id {int}, part_no {int} NOT NULL, conversation_id {int} NOT NULL,
  identity_id {int} NOT NULL, gateway_id {int} NOT NULL, page_id TEXT NOT NULL, part TEXT NOT NULL,
  speaker TEXT NOT NULL, reply_to TEXT, state TEXT NOT NULL, owner TEXT, tries {int} NOT NULL, next_at {int} NOT NULL,
  error TEXT
) {strict};
CREATE INDEX outbox_lane ON outbox (identity_id, id);
CREATE INDEX outbox_message ON outbox (message_id);

-- Everything that happened and that a screen shows, in order of commit: the bus.
CREATE TABLE event (
  seq {serial}, kind TEXT NOT NULL, conversation_id {int}, subject_id {int}, detail TEXT NOT NULL, at {int} NOT NULL, {xact}
) {strict};
