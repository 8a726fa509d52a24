-- The schema. Times are microseconds since 1970 in UTC, ids 64-bit and ordered by time, JSON is text, booleans are 0
-- and 1. Words in braces are replaced per engine (migrate.rs); {by_key} tables are stored under their key.

CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) {strict};
-- The node that does the background work. It only spares double work: versions make that harmless.
CREATE TABLE lease (
  name TEXT PRIMARY KEY, owner TEXT NOT NULL, until {int} NOT NULL
) {strict};

-- name_folded, here and elsewhere: the name as `domain::same` compares it. Two of a kind differ by more than case and spaces.

-- People who sign in. Plural because `user` is reserved in SQL. ends_at: when the account ends by itself.
-- The roles that administrators made. permissions: their words (JSON).
CREATE TABLE role (
  id {int} PRIMARY KEY, name TEXT NOT NULL, name_folded TEXT NOT NULL UNIQUE, permissions TEXT NOT NULL, version {int} NOT NULL
) {strict};
-- role: the word of a built-in role, or the id of another.
CREATE TABLE users (
  id {int} PRIMARY KEY, email TEXT NOT NULL, email_folded TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  role TEXT NOT NULL, password TEXT NOT NULL, is_agent {int} NOT NULL, active {int} NOT NULL,
  created_at {int} NOT NULL, ends_at {int}, version {int} NOT NULL
) {strict};
-- How a user wants their screens (JSON); no row: as Deskbell is without a wish.
CREATE TABLE user_settings (user_id {int} PRIMARY KEY, settings TEXT NOT NULL, version {int} NOT NULL) {strict};
-- Browsers that get push notifications. hash: of the address; via: the session's hash or the API token's id that it was added
-- with; sealed: address and keys (JSON), encrypted.
CREATE TABLE push_subscription (
  hash TEXT PRIMARY KEY, user_id {int} NOT NULL, via TEXT NOT NULL, sealed TEXT NOT NULL, created_at {int} NOT NULL
) {strict};
CREATE INDEX push_subscription_user ON push_subscription (user_id);
CREATE TABLE session (
  hash TEXT PRIMARY KEY, id {int} NOT NULL UNIQUE, user_id {int} NOT NULL, address TEXT NOT NULL,
  created_at {int} NOT NULL, seen_at {int} NOT NULL
) {strict};
CREATE INDEX session_by_user ON session (user_id);
-- made_by: the token with which it was made; it ends with that one.
CREATE TABLE token (
  id {int} PRIMARY KEY, user_id {int} NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
  created_at {int} NOT NULL, used_at {int}, made_by {int}
) {strict};
CREATE INDEX token_user ON token (user_id);
CREATE TABLE setup_link (hash TEXT PRIMARY KEY, expires_at {int} NOT NULL) {strict};
-- detail: a code with arguments (JSON).
CREATE TABLE audit (
  id {int} PRIMARY KEY, at {int} NOT NULL, user_id {int}, action TEXT NOT NULL, object TEXT NOT NULL, detail TEXT NOT NULL
) {strict};
CREATE INDEX audit_user ON audit (user_id, id);
CREATE INDEX audit_contact ON audit (object) WHERE action = 'contact.update';
-- A user's picture, as it was uploaded.
CREATE TABLE portrait (user_id {int} PRIMARY KEY, key TEXT NOT NULL UNIQUE, medium_id {int} NOT NULL, mime TEXT NOT NULL) {strict};

-- answered: how many customers they got on the day answered_day, counted from 1970 in UTC.
CREATE TABLE agent (
  user_id {int} PRIMARY KEY, status TEXT NOT NULL, cause TEXT, since {int} NOT NULL, reason TEXT,
  capacity {int} NOT NULL, capacity_by_channel TEXT NOT NULL DEFAULT '{}', team_id {int}, idle_since {int} NOT NULL,
  offered_at {int} NOT NULL DEFAULT 0, answered {int} NOT NULL DEFAULT 0, answered_day {int} NOT NULL DEFAULT 0, limit_at {int}, missed {int} NOT NULL, streamed {int} NOT NULL, lost_at {int}, set_by {int}, version {int} NOT NULL
) {strict};
CREATE TABLE team (id {int} PRIMARY KEY, name TEXT NOT NULL, name_folded TEXT NOT NULL UNIQUE, version {int} NOT NULL) {strict};
CREATE TABLE skill (id {int} PRIMARY KEY, name TEXT NOT NULL, name_folded TEXT NOT NULL UNIQUE, version {int} NOT NULL) {strict};
-- level: 1 to 100.
CREATE TABLE agent_skill (
  user_id {int} NOT NULL, skill_id {int} NOT NULL, level {int} NOT NULL, PRIMARY KEY (user_id, skill_id)
) {strict};
-- limits: how long for in a day (JSON); null: as long as one likes.
CREATE TABLE pause_cause (
  id {int} PRIMARY KEY, name TEXT NOT NULL, name_folded TEXT NOT NULL UNIQUE, limits TEXT NOT NULL, version {int} NOT NULL
) {strict};
-- Breaks that have ended, of today and yesterday: what daily limits are counted from.
CREATE TABLE agent_pause (
  user_id {int} NOT NULL, started_at {int} NOT NULL, cause TEXT NOT NULL, ended_at {int} NOT NULL,
  PRIMARY KEY (user_id, started_at)
) {by_key};
CREATE TABLE close_reason (id {int} PRIMARY KEY, name TEXT NOT NULL, name_folded TEXT NOT NULL UNIQUE, version {int} NOT NULL) {strict};
-- owner_id: who made it for themselves alone; NULL for what is shared, with the teams and queues that it is for (JSON; none: all).
CREATE TABLE quick_reply (
  id {int} PRIMARY KEY, shortcut TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, folder TEXT NOT NULL,
  owner_id {int}, teams TEXT NOT NULL, queues TEXT NOT NULL, version {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX quick_reply_shortcut ON quick_reply (COALESCE(owner_id, 0), shortcut);
-- isolated: seen only by its members, supervisors and administrators; only entry points lead into it.
CREATE TABLE queue (
  id {int} PRIMARY KEY, name TEXT NOT NULL, name_folded TEXT NOT NULL UNIQUE, settings TEXT NOT NULL, all_agents {int} NOT NULL,
  isolated {int} NOT NULL DEFAULT 0, version {int} NOT NULL
) {strict};
-- hours: when it is open, with the exceptions (JSON).
CREATE TABLE calendar (
  id {int} PRIMARY KEY, name TEXT NOT NULL, name_folded TEXT NOT NULL UNIQUE, time_zone TEXT NOT NULL, hours TEXT NOT NULL, version {int} NOT NULL
) {strict};
-- fields: what agents fill in (JSON).
CREATE TABLE form (
  id {int} PRIMARY KEY, name TEXT NOT NULL, name_folded TEXT NOT NULL UNIQUE, fields TEXT NOT NULL, version {int} NOT NULL
) {strict};
-- actions: what it does (JSON).
CREATE TABLE macro (
  id {int} PRIMARY KEY, name TEXT NOT NULL, name_folded TEXT NOT NULL UNIQUE, actions TEXT NOT NULL, version {int} NOT NULL
) {strict};
-- Limits that a queue has passed and that an alert was raised for: each passing is reported once. data: the alert, as it was
-- raised (JSON).
CREATE TABLE queue_alert (
  queue_id {int} NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (queue_id, kind)
) {strict};
CREATE TABLE queue_agent (queue_id {int} NOT NULL, user_id {int} NOT NULL, PRIMARY KEY (queue_id, user_id)) {strict};
CREATE TABLE queue_team (queue_id {int} NOT NULL, team_id {int} NOT NULL, PRIMARY KEY (queue_id, team_id)) {strict};
-- relax_after_seconds: after this wait any level is enough.
CREATE TABLE queue_skill (
  queue_id {int} NOT NULL, skill_id {int} NOT NULL, min_level {int} NOT NULL, relax_after_seconds {int}, PRIMARY KEY (queue_id, skill_id)
) {strict};

CREATE TABLE flow (
  id {int} PRIMARY KEY, name TEXT NOT NULL, name_folded TEXT NOT NULL UNIQUE, draft TEXT NOT NULL, published {int}, version {int} NOT NULL
) {strict};
CREATE TABLE flow_version (
  flow_id {int} NOT NULL, number {int} NOT NULL, body TEXT NOT NULL, published_at {int} NOT NULL,
  published_by TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', PRIMARY KEY (flow_id, number)
) {strict};
-- Steps that failed where the flow does not say what comes then: how often, and in which conversation last. fault: what went wrong
-- (JSON). announced: administrators were told. Forgotten when the flow is published again.
CREATE TABLE flow_failure (
  flow_id {int} NOT NULL, node TEXT NOT NULL, version {int} NOT NULL, fault TEXT NOT NULL, count {int} NOT NULL,
  first_at {int} NOT NULL, last_at {int} NOT NULL, conversation_id {int} NOT NULL, announced {int} NOT NULL DEFAULT 0,
  PRIMARY KEY (flow_id, node)
) {strict};
-- Dialogues that a flow must go through as expected. body: what the customer says, the scene, and what is expected (JSON).
CREATE TABLE flow_test (
  id {int} PRIMARY KEY, flow_id {int} NOT NULL, name TEXT NOT NULL, name_folded TEXT NOT NULL, body TEXT NOT NULL,
  must_pass {int} NOT NULL, version {int} NOT NULL, UNIQUE (flow_id, name_folded)
) {strict};
-- Values that flows send to other programs and no one reads again. value: sealed.
CREATE TABLE flow_secret (name TEXT PRIMARY KEY, value TEXT NOT NULL) {strict};
-- What is asked of other programs, until there is an answer. payload: the question (JSON), with names of secrets in place
-- of their values. due_at: when it is tried, or taken up again if the process that tries it has died. sending: it may have
-- arrived already.
CREATE TABLE job (
  id {int} PRIMARY KEY, kind TEXT NOT NULL, conversation_id {int} NOT NULL, host TEXT NOT NULL, payload TEXT NOT NULL,
  due_at {int} NOT NULL, tries {int} NOT NULL, sending {int} NOT NULL, created_at {int} NOT NULL
) {strict};
CREATE INDEX job_due ON job (due_at);
CREATE INDEX job_conversation ON job (conversation_id);

CREATE TABLE gateway (
  id {int} PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, app_id TEXT NOT NULL, uri TEXT NOT NULL UNIQUE,
  verify_token TEXT NOT NULL, app_secret TEXT NOT NULL, secret_state TEXT NOT NULL, flow_id {int} NOT NULL,
  api_version TEXT NOT NULL, login_config_id TEXT, enabled {int} NOT NULL, templates TEXT NOT NULL,
  personas {int} NOT NULL DEFAULT 0, human_agent {int} NOT NULL DEFAULT 0, page_rate {int} NOT NULL DEFAULT 40,
  bot_pause_minutes {int} NOT NULL DEFAULT 30,
  webhook_verified_at {int}, login_ok_at {int}, last_event_at {int}, last_sent_at {int},
  instagram_app_id TEXT, instagram_app_secret TEXT NOT NULL DEFAULT '', whatsapp_config_id TEXT,
  signature_failures {int} NOT NULL, created_at {int} NOT NULL, deleted_at {int}, version {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX gateway_app ON gateway (app_id) WHERE deleted_at IS NULL;
-- Links (ref) and code words that lead a gateway's customers to a flow and a queue. account_id: one account's customers
-- only. ends_at: when it ends by itself. used: how many conversations it began.
CREATE TABLE entry_point (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, account_id TEXT, name TEXT NOT NULL, ref TEXT, code_word TEXT,
  flow_id {int} NOT NULL, queue_id {int}, ends_at {int}, used {int} NOT NULL DEFAULT 0, version {int} NOT NULL DEFAULT 1,
  UNIQUE (gateway_id, ref), UNIQUE (gateway_id, code_word)
) {strict};
-- Who connected accounts on a gateway: a person at Facebook, a system user, or an Instagram account itself; with the token
-- (encrypted), when it was issued and when it ends, and the user who went through the login.
CREATE TABLE connection (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, person_id TEXT NOT NULL, person_name TEXT NOT NULL,
  token TEXT NOT NULL, alive {int} NOT NULL, scopes TEXT NOT NULL, connected_at {int} NOT NULL, user_id {int},
  login TEXT NOT NULL DEFAULT 'facebook', token_at {int} NOT NULL DEFAULT 0, expires_at {int}, scoped_id TEXT,
  UNIQUE (gateway_id, person_id)
) {strict};
-- An account of the business on a channel: a Facebook Page, an Instagram account, a WhatsApp number. Its id is unique within
-- the gateway, whatever the channel. node: where its requests go in the Graph API. parent_id: the Page of an Instagram
-- account, the business account of a WhatsApp number. login: by which login it was connected, which decides the host.
-- details: its quality, limits and registration, where its channel has them (JSON).
-- problem, trouble and pause_reason are codes with arguments (JSON). policy: Meta's last policy action, and its reason in
-- Meta's words; NULL once it is lifted, its time stays. paused_until: Meta wants nothing sent.
CREATE TABLE account (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, channel TEXT NOT NULL, account_id TEXT NOT NULL, name TEXT NOT NULL,
  username TEXT, phone TEXT, picture_url TEXT, node TEXT NOT NULL, parent_id TEXT, login TEXT NOT NULL DEFAULT 'facebook',
  details TEXT NOT NULL DEFAULT '{}', problem TEXT, subscribed {int} NOT NULL, trouble TEXT, leaving_until {int}, connected_at {int} NOT NULL,
  last_event_at {int}, policy TEXT, policy_reason TEXT, policy_at {int},
  paused_until {int}, pause_reason TEXT, pauses {int} NOT NULL DEFAULT 0, exclusive {int} NOT NULL DEFAULT 0,
  UNIQUE (gateway_id, account_id)
) {strict};
-- One gateway at most answers the customers of an Instagram account or a WhatsApp number.
CREATE UNIQUE INDEX account_claim ON account (channel, account_id) WHERE subscribed = 1 AND exclusive = 1;
-- How an account is reached through one connection: the token that works for it (encrypted), and the tasks on a Page.
CREATE TABLE account_access (
  gateway_id {int} NOT NULL, account_id TEXT NOT NULL, connection_id {int} NOT NULL, token TEXT NOT NULL,
  tasks TEXT NOT NULL, alive {int} NOT NULL, PRIMARY KEY (gateway_id, account_id, connection_id)
) {strict};
-- Message templates of business accounts, as the channel listed them last. components is JSON; the other words are the channel's.
CREATE TABLE message_template (
  gateway_id {int} NOT NULL, business_id TEXT NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL, status TEXT NOT NULL,
  category TEXT NOT NULL, quality TEXT, components TEXT NOT NULL, synced_at {int} NOT NULL,
  PRIMARY KEY (gateway_id, business_id, name, language)
) {strict};
-- A login at Meta. ended: how, a code with arguments (JSON).
CREATE TABLE login_attempt (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, state_hash TEXT NOT NULL UNIQUE, user_id {int} NOT NULL,
  session_hash TEXT, expires_at {int} NOT NULL, outcome TEXT NOT NULL, ended TEXT,
  login TEXT NOT NULL, channel TEXT NOT NULL
) {strict};
CREATE TABLE permission_use (
  gateway_id {int} NOT NULL, permission TEXT NOT NULL, endpoint TEXT NOT NULL, at {int} NOT NULL,
  PRIMARY KEY (gateway_id, permission)
) {strict};
-- held: what was stored of the person (account, contact or nothing); new until it is known.
CREATE TABLE deletion_request (
  code TEXT PRIMARY KEY, gateway_id {int} NOT NULL, person_id TEXT NOT NULL, requested_at {int} NOT NULL,
  done_at {int}, held TEXT NOT NULL, UNIQUE (gateway_id, person_id)
) {strict};
-- What Health remembers between two checks, by gateway, account ('' for the gateway itself) and name: how often and when
-- last something happened, and a detail of it.
CREATE TABLE health_fact (
  gateway_id {int} NOT NULL, account_id TEXT NOT NULL, name TEXT NOT NULL, at {int} NOT NULL, times {int} NOT NULL,
  detail TEXT NOT NULL, PRIMARY KEY (gateway_id, account_id, name)
) {strict};
-- Findings that raised an alarm and are still there: each appearance is reported once.
CREATE TABLE alarm (
  gateway_id {int} NOT NULL, key TEXT NOT NULL, finding TEXT NOT NULL, since {int} NOT NULL, seen_at {int},
  PRIMARY KEY (gateway_id, key)
) {strict};

-- What Meta delivered, as it came. outcome: 0 nothing for us, 1 applied, 2 failed. error: why it changed nothing,
-- a code with arguments (JSON). caught_up: 0 came by webhook; 1 was
-- caught up and is only recorded; 2 was caught up and needs an answer. coding: 0 as it came, 1 compressed (zlib).
-- Found by its id, which counts by time.
CREATE TABLE delivery (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, account_id TEXT, received_at {int} NOT NULL, body {blob} NOT NULL,
  events {int} NOT NULL, pending {int} NOT NULL, outcome {int} NOT NULL, error TEXT, dismissed {int} NOT NULL,
  caught_up {int} NOT NULL DEFAULT 0, coding {int} NOT NULL DEFAULT 0
) {strict};
CREATE INDEX delivery_failed ON delivery (id) WHERE outcome = 2 AND dismissed = 0;
-- Events of deliveries that are not applied yet, by the text of their address.
CREATE TABLE inbox (
  delivery_id {int} NOT NULL, n {int} NOT NULL, key TEXT NOT NULL, PRIMARY KEY (delivery_id, n)
) {by_key};
-- The search through an account's conversations for what no webhook brought. state: waiting, running, done, failed. problem:
-- why it waits or failed, a code with arguments (JSON).
CREATE TABLE catch_up (
  gateway_id {int} NOT NULL, account_id TEXT NOT NULL, state TEXT NOT NULL, since_at {int} NOT NULL, cursor TEXT,
  checked {int} NOT NULL, found {int} NOT NULL, unreadable {int} NOT NULL, tries {int} NOT NULL,
  next_at {int} NOT NULL, at {int} NOT NULL, problem TEXT, PRIMARY KEY (gateway_id, account_id)
) {strict};

-- What searches compare is folded (domain/src/same.rs); the columns of words are indexed for search (domain/src/search.rs). channel_name is what the channel reports; name is what is shown: one of our own if name_is_custom is 1.
CREATE TABLE contact (
  id {int} PRIMARY KEY, name TEXT, name_folded TEXT NOT NULL, channel_name TEXT, name_is_custom {int} NOT NULL DEFAULT 0,
  picture {int}, picture_wanted {int}, phone TEXT, email TEXT, email_folded TEXT NOT NULL DEFAULT '',
  phone_digits TEXT NOT NULL DEFAULT '', phone_end TEXT NOT NULL DEFAULT '', name_words TEXT NOT NULL DEFAULT '', email_words TEXT NOT NULL DEFAULT '',
  phone_words TEXT NOT NULL DEFAULT '', note TEXT, attributes TEXT NOT NULL DEFAULT '{}',
  created_at {int} NOT NULL, version {int} NOT NULL DEFAULT 1
) {strict};
CREATE INDEX contact_picture ON contact (picture_wanted) WHERE picture_wanted IS NOT NULL;
CREATE INDEX contact_shown_picture ON contact (picture) WHERE picture IS NOT NULL;
{contact_search}
CREATE INDEX contact_phone ON contact (phone_end) WHERE phone_end <> '';
CREATE INDEX contact_email ON contact (email_folded) WHERE email_folded <> '';
-- marketing_stopped_at: since when the customer wants no marketing messages; NULL if they may be sent.
-- phone: in digits, another name of the same customer on their account (WhatsApp).
-- Who wrote a comment is known to the Page under another id than in messages: their external_id is `comment:…` and
-- known_as the id in messages, once an answer or an echo has told it.
CREATE TABLE identity (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, channel TEXT NOT NULL, account_id TEXT NOT NULL,
  external_id TEXT NOT NULL, contact_id {int} NOT NULL, last_user_at {int}, profile_tries {int} NOT NULL, profile_next_at {int},
  created_at {int} NOT NULL, known_as TEXT, phone TEXT, marketing_stopped_at {int}, UNIQUE (channel, account_id, external_id)
) {strict};
CREATE UNIQUE INDEX identity_phone ON identity (channel, account_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX identity_contact ON identity (contact_id);
CREATE INDEX identity_profile ON identity (profile_next_at) WHERE profile_next_at IS NOT NULL;
CREATE INDEX identity_known_as ON identity (known_as) WHERE known_as IS NOT NULL;

-- is_open is 1 while the customer can continue in it and NULL afterwards, so that an identity has one open conversation
-- at most. due_at is the earliest of its timers. isolated: it began in an isolated queue, and stays hidden when that queue
-- is gone. data holds what no statement looks at.
CREATE TABLE conversation (
  id {int} PRIMARY KEY, identity_id {int} NOT NULL, contact_id {int} NOT NULL, gateway_id {int} NOT NULL,
  channel TEXT NOT NULL, account_id TEXT NOT NULL, state TEXT NOT NULL, is_open {int}, queue_id {int}, agent_id {int}, last_agent_id {int},
  offered_to {int}, offered_by {int}, colleagues TEXT NOT NULL DEFAULT '', priority {int} NOT NULL, created_at {int} NOT NULL, last_activity_at {int} NOT NULL,
  queued_at {int}, accepted_at {int}, closed_at {int}, due_at {int}, unread {int} NOT NULL, data TEXT NOT NULL, isolated {int} NOT NULL DEFAULT 0, version {int} NOT NULL,
  run_flow {int}, run_version {int}, run_node TEXT, run_left {int},
  UNIQUE (identity_id, is_open)
) {strict};
CREATE INDEX conversation_activity ON conversation (last_activity_at);
CREATE INDEX conversation_created ON conversation (created_at, id);
CREATE INDEX conversation_waiting ON conversation (queue_id, state) WHERE is_open = 1;
CREATE INDEX conversation_unclosed ON conversation (state) WHERE state <> 'closed';
CREATE INDEX conversation_agent ON conversation (agent_id, state);
CREATE INDEX conversation_contact ON conversation (contact_id);
CREATE INDEX conversation_due ON conversation (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX conversation_closed ON conversation (closed_at, last_agent_id, accepted_at) WHERE closed_at IS NOT NULL;
-- Where customers are in a flow (run_left = 0) or left it (1), for counts: the node and the version of the flow that has it.
CREATE INDEX conversation_run ON conversation (run_flow, run_version, run_left, run_node) WHERE run_node IS NOT NULL;
CREATE INDEX conversation_isolated ON conversation (queue_id) WHERE isolated = 1;
-- Who was mentioned in a note and has not read it; the row goes with the reading.
CREATE TABLE mention (
  user_id {int} NOT NULL, message_id {int} NOT NULL, conversation_id {int} NOT NULL, PRIMARY KEY (user_id, message_id)
) {by_key};
CREATE INDEX mention_conversation ON mention (conversation_id);
-- How customers' waits in queues ended: at `at` with an agent, or without one if the customer gave up (agent_id is NULL).
-- due_at: by when the first answer was due; NULL if the queue had no target. responded_at: when it was given.
CREATE TABLE queue_wait (
  conversation_id {int} NOT NULL, queued_at {int} NOT NULL, queue_id {int}, at {int} NOT NULL, agent_id {int}, due_at {int},
  responded_at {int}, PRIMARY KEY (conversation_id, queued_at)
) {strict};
CREATE INDEX queue_wait_at ON queue_wait (at, queue_id, agent_id, due_at, responded_at);
-- What each conversation counts for in reports (JSON, domain/src/report.rs). Numbers and ids alone: it stays when the
-- conversation is deleted, so that past figures do not change.
CREATE TABLE report_conversation (conversation_id {int} PRIMARY KEY, figures TEXT NOT NULL) {strict};
-- The same, added up: of everything, or each queue, agent, account, label or channel, in a quarter of an hour, an hour, a day or a month.
CREATE TABLE report_bucket (
  dimension TEXT NOT NULL, level TEXT NOT NULL, start_at {int} NOT NULL, key TEXT NOT NULL, counts TEXT NOT NULL,
  PRIMARY KEY (dimension, level, start_at, key)
) {by_key};
CREATE TABLE label (
  id {int} PRIMARY KEY, name TEXT NOT NULL, name_folded TEXT NOT NULL UNIQUE, colour TEXT NOT NULL, version {int} NOT NULL
) {strict};
CREATE TABLE conversation_label (
  conversation_id {int} NOT NULL, label_id {int} NOT NULL, PRIMARY KEY (conversation_id, label_id)
) {strict};
CREATE INDEX conversation_label_label ON conversation_label (label_id);

CREATE TABLE message (
  id {int} PRIMARY KEY, conversation_id {int} NOT NULL, identity_id {int} NOT NULL, kind TEXT NOT NULL,
  direction TEXT NOT NULL, sender_kind TEXT NOT NULL, sender_name TEXT NOT NULL, sender_id {int},
  text TEXT, folded TEXT NOT NULL, words TEXT NOT NULL DEFAULT '', data TEXT NOT NULL, status TEXT NOT NULL, error TEXT, at {int} NOT NULL,
  sent_at {int}, delivered_at {int}, read_at {int}, edited_at {int}, edit_no {int} NOT NULL DEFAULT 0, unsent_at {int},
  client_id TEXT, UNIQUE (conversation_id, client_id)
) {strict};
CREATE INDEX message_thread ON message (conversation_id, at, id);
CREATE INDEX message_receipts ON message (identity_id, status) WHERE direction = 'out';
CREATE INDEX message_failed ON message (at) WHERE status = 'failed';
{message_search}
-- The channel's ids of messages, by which duplicates, echoes and reactions are matched. part_no is below 0 (-1 - part) for a
-- part that the channel took and then did not deliver.
CREATE TABLE mid (
  channel TEXT NOT NULL, account_id TEXT NOT NULL, mid TEXT NOT NULL, message_id {int} NOT NULL,
  part_no {int} NOT NULL DEFAULT 0, PRIMARY KEY (channel, account_id, mid)
) {by_key};
CREATE INDEX mid_message ON mid (message_id);
-- Edits, unsends, reactions and receipts that came before their message. rank: which of two is the newer.
CREATE TABLE pending_update (
  channel TEXT NOT NULL, account_id TEXT NOT NULL, mid TEXT NOT NULL, kind TEXT NOT NULL, customer TEXT NOT NULL, rank {int} NOT NULL,
  body TEXT NOT NULL, received_at {int} NOT NULL,
  PRIMARY KEY (channel, account_id, mid, kind)
) {strict};
CREATE INDEX pending_update_time ON pending_update (received_at);
-- Comments and visitors' posts. replied_at and reply_message_id are of the one private reply that Meta allows.
CREATE TABLE comment (
  id {int} PRIMARY KEY, gateway_id {int} NOT NULL, page_id TEXT NOT NULL, comment_id TEXT NOT NULL,
  is_post {int} NOT NULL, post_id TEXT, parent_id TEXT, from_id TEXT, from_name TEXT, text TEXT, link TEXT,
  state TEXT NOT NULL, written_at {int} NOT NULL, edited_at {int}, changed_at {int} NOT NULL,
  replied_at {int}, reply_message_id {int}, done_at {int}, done_by {int}, UNIQUE (page_id, comment_id)
) {strict};
CREATE INDEX comment_list ON comment (page_id, written_at, id);
CREATE INDEX comment_reply ON comment (reply_message_id) WHERE reply_message_id IS NOT NULL;
CREATE INDEX comment_time ON comment (written_at, id);

-- quick_reply_id: it belongs to a quick reply and to no conversation. source_id: the channel's id of it, where its address has to be asked for each time. sha256: of its bytes, as the channel told it.
-- thumbnail: 1 a small picture lies beside the file, 2 the making of one was begun. width, height: of a picture, as it is shown.
CREATE TABLE medium (
  id {int} PRIMARY KEY, conversation_id {int}, message_id {int}, kind TEXT NOT NULL, name TEXT NOT NULL,
  mime TEXT NOT NULL, size {int} NOT NULL, state TEXT NOT NULL, source_url TEXT, error TEXT, tries {int} NOT NULL,
  next_at {int}, created_by {int}, created_at {int} NOT NULL, thumbnail {int} NOT NULL DEFAULT 0,
  width {int}, height {int}, seconds {int}, source_id TEXT, sha256 TEXT, quick_reply_id {int}
) {strict};
CREATE INDEX medium_quick_reply ON medium (quick_reply_id) WHERE quick_reply_id IS NOT NULL;
CREATE INDEX medium_message ON medium (message_id);
CREATE INDEX medium_next ON medium (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX medium_conversation ON medium (conversation_id);
-- Files whose rows are gone: removed from the media folder, and checked once more later, in case one was being written.
CREATE TABLE dead_file (medium_id {int} PRIMARY KEY, at {int} NOT NULL, removed {int} NOT NULL) {strict};
-- Files that Meta stores for a Page, by their content: sent again by id until they expire.
CREATE TABLE reusable_file (
  gateway_id {int} NOT NULL, account_id TEXT NOT NULL, digest TEXT NOT NULL, attachment_id TEXT NOT NULL,
  expires_at {int} NOT NULL, PRIMARY KEY (gateway_id, account_id, digest)
) {strict};
CREATE INDEX reusable_file_expiry ON reusable_file (expires_at);
-- A user as Meta shows them on a Page: persona_id is NULL where Meta refused. look: the name and picture it was made from.
CREATE TABLE persona (
  gateway_id {int} NOT NULL, page_id TEXT NOT NULL, user_id {int} NOT NULL, persona_id TEXT, look TEXT NOT NULL,
  tried_at {int} NOT NULL, PRIMARY KEY (gateway_id, page_id, user_id)
) {strict};

-- What must reach the channel, one row a request, deleted once its outcome is known. A request of state 'released' may
-- have left and holds back no other any more. Each identity's next one is found by jumps, however much waits.
CREATE TABLE outbox (
  id {int} PRIMARY KEY, message_id {int}, part_no {int} NOT NULL, conversation_id {int} NOT NULL,
  identity_id {int} NOT NULL, gateway_id {int} NOT NULL, channel TEXT NOT NULL, account_id TEXT NOT NULL,
  part TEXT NOT NULL,
  speaker TEXT NOT NULL, reply_to TEXT, state TEXT NOT NULL, owner TEXT, tries {int} NOT NULL, next_at {int} NOT NULL,
  error TEXT
) {strict};
CREATE INDEX outbox_message ON outbox (message_id);
CREATE INDEX outbox_account ON outbox (channel, account_id, identity_id, id);
CREATE INDEX outbox_people ON outbox (channel, account_id, identity_id) WHERE speaker = 'agent';
CREATE INDEX outbox_uncertain ON outbox (next_at) WHERE state = 'uncertain';
CREATE INDEX outbox_released ON outbox (next_at) WHERE state = 'released';

-- A template that is sent to many recipients. variables: what all of them share (JSON). recipients: how many are in the list.
-- consent_*: who stated that the recipients agreed, and when. pause: why it waits, a code with arguments (JSON).
-- resumed_at: failures of messages before it no longer count. next_at: when the next one may leave.
CREATE TABLE campaign (
  id {int} PRIMARY KEY, name TEXT NOT NULL, gateway_id {int} NOT NULL, channel TEXT NOT NULL, account_id TEXT NOT NULL,
  template TEXT NOT NULL, language TEXT NOT NULL, variables TEXT NOT NULL, recipients {int} NOT NULL, per_minute {int} NOT NULL,
  state TEXT NOT NULL, pause TEXT, consent_by {int} NOT NULL, consent_name TEXT NOT NULL, consent_at {int} NOT NULL,
  client_id TEXT, resumed_at {int} NOT NULL, next_at {int} NOT NULL, ended_at {int}, UNIQUE (consent_by, client_id)
) {strict};
CREATE INDEX campaign_running ON campaign (next_at) WHERE state = 'running';
-- Each recipient of a campaign, by the place in its list. state: waiting, sent (message_id is the message), skipped (reason says
-- why). recipient: the phone number in digits or the id; empty where there is none, or once it was erased. variables: what is theirs alone (JSON).
CREATE TABLE campaign_recipient (
  campaign_id {int} NOT NULL, n {int} NOT NULL, recipient TEXT NOT NULL, contact_id {int}, variables TEXT NOT NULL,
  state TEXT NOT NULL, reason TEXT, message_id {int}, PRIMARY KEY (campaign_id, n)
) {by_key};
CREATE UNIQUE INDEX campaign_recipient_once ON campaign_recipient (campaign_id, recipient)
  WHERE state <> 'skipped' AND recipient <> '';
CREATE INDEX campaign_recipient_waiting ON campaign_recipient (campaign_id, n) WHERE state = 'waiting';
CREATE UNIQUE INDEX campaign_recipient_message ON campaign_recipient (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX campaign_recipient_person ON campaign_recipient (recipient);

-- Everything that happened and that a screen shows, in order of commit: the bus. bulk: part of a backlog; screens reload
-- instead of following each.
CREATE TABLE event (
  seq {serial}, kind TEXT NOT NULL, conversation_id {int}, subject_id {int}, detail TEXT NOT NULL, at {int} NOT NULL,
  bulk {int} NOT NULL DEFAULT 0, {xact}
) {strict};
-- Outgoing webhooks, each with its own cursor in the event table. stopped, last_error: codes with arguments (JSON).
CREATE TABLE webhook (
  id {int} PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL, secret TEXT NOT NULL, enabled {int} NOT NULL,
  xact {int} NOT NULL, seq {int} NOT NULL, tries {int} NOT NULL, next_at {int}, failing_since {int}, stopped TEXT,
  last_at {int}, last_ok_at {int}, last_status {int}, last_error TEXT, delivered {int} NOT NULL, failed {int} NOT NULL,
  created_at {int} NOT NULL, version {int} NOT NULL
) {strict};

-- A contact that is being erased, step by step. subjects holds what their data is found by, and is wiped at the end.
-- Deliveries with ids greater than up_to came later and are not touched.
CREATE TABLE erasure (
  id {int} PRIMARY KEY, contact_id {int} NOT NULL UNIQUE, subjects TEXT NOT NULL, up_to {int} NOT NULL,
  delivery_id {int} NOT NULL, state TEXT NOT NULL, conversations {int} NOT NULL, messages {int} NOT NULL,
  deliveries {int} NOT NULL, requested_at {int} NOT NULL, requested_by {int}, request_code TEXT, done_at {int}
) {strict};
CREATE INDEX erasure_running ON erasure (state) WHERE state <> 'done';

-- Meta's App Review of a gateway: the operator's answers (JSON), and the status that Meta reported last.
CREATE TABLE review (gateway_id {int} PRIMARY KEY, answers TEXT NOT NULL, version {int} NOT NULL) {strict};
CREATE TABLE review_meta_status (gateway_id {int} PRIMARY KEY, at {int} NOT NULL, status TEXT NOT NULL) {strict};
-- Access of Meta's reviewer to a gateway: which guest, queue, flow and entry point belong together. At most one is alive.
-- password: sealed, wiped at the end. cleared_at: what it left behind is removed.
CREATE TABLE review_access (
  user_id {int} PRIMARY KEY, gateway_id {int} NOT NULL, password TEXT NOT NULL, entry_point_id {int} NOT NULL,
  queue_id {int} NOT NULL, flow_id {int} NOT NULL, created_at {int} NOT NULL, signed_in_at {int}, ended_at {int},
  cleared_at {int}
) {strict};
CREATE UNIQUE INDEX review_access_gateway ON review_access (gateway_id) WHERE ended_at IS NULL;
