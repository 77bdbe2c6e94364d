"""Pictures of activities: made anew from what was sent, so that nothing of the sender's file is ever given out."""
