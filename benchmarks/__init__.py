"""The cost of this system in time, measured side by side with the usual ways to write it.

`suite` holds the benchmarks, `baselines` the same handlers in the usual ways, and `workers` the
scripts that run under the handlers' interpreter. The samples go to results.json, and from there to
docs/performance.md.
"""
