"""The commands of the simulation, in a process that cannot reach the network."""

import importlib

from tests.simulation.offline import go_offline

go_offline()
importlib.import_module("tests.simulation.commands").cli(prog_name="python -m tests.simulation")
