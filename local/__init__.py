"""The embedded AWS: an engine on this machine, deployed to with sam as one deploys to AWS.

Layers, each of which knows those before it: `stack` (what is deployed), `lifecycle` (the
engine's process), `deployment` (sam build, sam deploy), the command line. `engine` is loaded
inside the engine's own process.
"""
