"""What a seller proves about itself, until when, and what a council requires."""
