"""What becomes of carts and reminders: pure rules, the time given."""
