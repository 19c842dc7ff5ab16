"""The console: a page on loopback that shows a stack and sends to it.

Each layer depends only on the previous ones: `activity`, `stack_map` and `waterfall` (what requests
did, and how it is drawn), `source` and `logged` (where that is read), `console` (the stack that is
shown), `request_view`, `fault_form` and `examples` (what a page shows of it), `security`, `live`,
`views` and `actions` (HTTP), `app` and `server`.
"""
