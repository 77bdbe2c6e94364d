"""Moving a person off their council's own service: only after an individual consultation was recorded (row B8)."""
