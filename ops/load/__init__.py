"""Load: transactions at a steady rate, what became of each, and a report of it."""
