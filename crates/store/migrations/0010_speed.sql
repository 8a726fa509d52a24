-- Rows that are found by their key alone lie under it, not beside an index of it.
CREATE TABLE inbox_2 (
  delivery_id {int} NOT NULL, n {int} NOT NULL, key TEXT NOT NULL, PRIMARY KEY (delivery_id, n)
) {by_key};
INSERT INTO inbox_2 (delivery_id, n, key) SELECT delivery_id, n, key FROM inbox;
DROP TABLE inbox;
ALTER TABLE inbox_2 RENAME TO inbox;

CREATE TABLE mid_2 (
  page_id TEXT NOT NULL, mid TEXT NOT NULL, message_id {int} NOT NULL, part_no {int} NOT NULL DEFAULT 0,
  PRIMARY KEY (page_id, mid)
) {by_key};
INSERT INTO mid_2 (page_id, mid, message_id, part_no) SELECT page_id, mid, message_id, part_no FROM mid;
DROP TABLE mid;
ALTER TABLE mid_2 RENAME TO mid;
CREATE INDEX mid_message ON mid (message_id);

-- Deliveries are found by their ids, which count by time.
DROP INDEX delivery_time;

-- An event of a long line that is worked off: screens are told once to look again, not of each.
ALTER TABLE event ADD COLUMN bulk {int} NOT NULL DEFAULT 0;
