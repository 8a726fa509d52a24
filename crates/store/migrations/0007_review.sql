-- Meta's App Review of a gateway: what the operator says of it (JSON), and what Meta said when it was asked last.
CREATE TABLE review (gateway_id {int} PRIMARY KEY, said TEXT NOT NULL, version {int} NOT NULL) {strict};
CREATE TABLE review_heard (gateway_id {int} PRIMARY KEY, at {int} NOT NULL, heard TEXT NOT NULL) {strict};
