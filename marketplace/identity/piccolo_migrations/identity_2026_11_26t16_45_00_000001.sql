ALTER TABLE stored_file ADD CONSTRAINT stored_file_about_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisation (id);
