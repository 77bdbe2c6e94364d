"""What every package stands on: money, time, ids, errors, the database, audit, jobs. Knows nothing above it."""
