"""The local AWS: an engine on this machine, deployed to with sam as on AWS.

Each layer depends only on the previous ones: `lifecycle` (the engine's process), `deployment` (sam
build, sam deploy), `state` (what an engine saves), `dev` (the loop of edits) and the command line.
`engine` is loaded inside the engine's own process.
"""
