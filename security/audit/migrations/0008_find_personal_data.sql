-- Who saw personal values is asked for over weeks, among records of which few are about it: an index that only these enter.
CREATE INDEX audit_record_of_personal_data ON audit_record (seq) WHERE cat = 'pii';
