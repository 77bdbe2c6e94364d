"""People who share one worker on a session: when there are fewer than the worker is priced for (row B6)."""
