-- Private replies to comments. Who wrote a comment is known to the page under another id than in messages: their
-- identity is `comment:…` until known_as, the id in messages, has come with an answer or an echo.

ALTER TABLE identity ADD COLUMN known_as TEXT;
CREATE INDEX identity_known_as ON identity (known_as) WHERE known_as IS NOT NULL;
CREATE INDEX comment_reply ON comment (reply_message_id) WHERE reply_message_id IS NOT NULL;
CREATE INDEX comment_time ON comment (written_at, id);
