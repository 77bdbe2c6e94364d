"""What is fast enough, measured against floors in one run on one machine (`make bench`)."""
