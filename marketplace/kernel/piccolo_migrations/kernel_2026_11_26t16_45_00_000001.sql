ALTER TABLE stored_file ADD CONSTRAINT stored_file_about_one CHECK (num_nonnulls(person_id, organisation_id) = 1);
