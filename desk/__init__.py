"""What happens to an article once it is known to be good: identified, merged, stored, linked."""
