-- Councils that are there already begin with the usual value.
INSERT INTO council_parameter (id, council_id, name, starts_on, value, note)
SELECT gen_random_uuid(), c.id, 'attendance_confirmed_days', (now() AT TIME ZONE 'Europe/London')::date, 14,
       'The usual value, with the checking of visits'
  FROM council c;
