"""The load test: transactions at a steady rate, their timelines and a report."""
