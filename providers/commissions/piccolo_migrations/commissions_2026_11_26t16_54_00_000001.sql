ALTER TABLE lot_question ADD CONSTRAINT lot_question_known_kind CHECK (kind IN ('words', 'file'));
ALTER TABLE lot_criterion ADD CONSTRAINT lot_criterion_least CHECK (least_score BETWEEN 0 AND 5);
ALTER TABLE commission_score ADD CONSTRAINT commission_score_range CHECK (score BETWEEN 0 AND 5);
ALTER TABLE commission_answer ADD CONSTRAINT commission_answer_once UNIQUE (commission_id, question_id);
ALTER TABLE commission_answer ADD CONSTRAINT commission_answer_says CHECK (words <> '' OR file_id IS NOT NULL);
ALTER TABLE commission_score ADD CONSTRAINT commission_score_once UNIQUE (commission_id, criterion_id);
ALTER TABLE commission_word ADD CONSTRAINT commission_word_known_kind
    CHECK (kind IN ('sent', 'asked', 'answered', 'approved', 'refused', 'withdrawn', 'ended'));
CREATE INDEX commission_word_by_commission ON commission_word (commission_id, said_at);
CREATE INDEX commission_answer_by_file ON commission_answer (file_id) WHERE file_id IS NOT NULL;
CREATE TRIGGER commission_word_unchanged BEFORE UPDATE OR DELETE ON commission_word
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was sent stays what was sent: answers change only while the applicant has the application.
CREATE FUNCTION commission_answer_while_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM commission
     WHERE id = coalesce(NEW.commission_id, OLD.commission_id) AND state IN ('draft', 'returned')
       FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the application is with the council'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'commission_answer_while_written';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER commission_answer_while_written BEFORE INSERT OR UPDATE OR DELETE ON commission_answer
    FOR EACH ROW EXECUTE FUNCTION commission_answer_while_written();
