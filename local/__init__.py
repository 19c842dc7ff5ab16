"""The embedded AWS: an engine on this machine that the template is deployed to with sam, as to AWS.

Layers, each only knows those before it: `stack` (what is deployed), `lifecycle` (the engine's process),
`deployment` (sam build, sam deploy), the command line. `engine` runs inside the engine's own process.
"""
