"""The console: a page on loopback that shows a stack and sends to it.

Each layer depends only on the previous ones: `activity` and `logged_activity` (what requests did),
`stack_map`, `waterfall`, `requests_cost` and `faults` (what a page shows of it), `console` (the
stack that is shown), `security`, `live` and `views` (HTTP), `app` and `server`.
"""
