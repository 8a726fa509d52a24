-- The watch over gateways, and what is told to other programs.

-- What the watch remembers between two looks, by gateway, Page ('' for the gateway itself) and name: how often and when
-- last something happened, and a word about it.
CREATE TABLE health_fact (
  gateway_id {int} NOT NULL, page_id TEXT NOT NULL, name TEXT NOT NULL, at {int} NOT NULL, times {int} NOT NULL,
  word TEXT NOT NULL, PRIMARY KEY (gateway_id, page_id, name)
) {strict};

-- Findings that raised an alarm and are still there: each appearance is told once.
CREATE TABLE alarm (
  gateway_id {int} NOT NULL, key TEXT NOT NULL, finding TEXT NOT NULL, since {int} NOT NULL, seen_at {int},
  PRIMARY KEY (gateway_id, key)
) {strict};

-- Messages that did not leave: counted often, and few.
CREATE INDEX message_failed ON message (at) WHERE status = 'failed';

-- Other programs that are told what happens, each at its own place in the order of events.
CREATE TABLE webhook (
  id {int} PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL, secret TEXT NOT NULL, enabled {int} NOT NULL,
  xact {int} NOT NULL, seq {int} NOT NULL, tries {int} NOT NULL, next_at {int}, failing_since {int}, stopped TEXT,
  last_at {int}, last_ok_at {int}, last_status {int}, last_error TEXT, delivered {int} NOT NULL, failed {int} NOT NULL,
  created_at {int} NOT NULL, version {int} NOT NULL
) {strict};
