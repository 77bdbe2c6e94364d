"""What happened to bookings: written by the database with the change, told afterwards, and the provider's inbox."""
