"""What a person is told each month about one fund: where the money was, what happened to it, where it is now."""
