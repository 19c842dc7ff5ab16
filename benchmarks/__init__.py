"""What this system costs in time, measured side by side with what one would use instead.

`suite` holds the benchmarks; `rivals` the same handlers in the usual ways; `workers` what runs
under the handlers' interpreter. What they find goes to results.json, and from there to
docs/performance.md.
"""
