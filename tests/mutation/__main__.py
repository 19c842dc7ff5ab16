"""Try every mutant, write docs/mutants.md; fail if too many survive, or one unexplained.

With --again it judges the results of the last run by the explanations as they are now.
"""

import json
import os
import sys
from dataclasses import asdict

from tests.mutation import functions, report, statements
from tests.mutation.mutant import Mutant
from tests.mutation.workspace import ROOT, WORKSPACE, lay_out
from tests.reliability.reliability_doc import write_section

results = WORKSPACE / "results.json"
if sys.argv[1:] == ["--again"]:
    mutants = [Mutant(**entry) for entry in json.loads(results.read_text(encoding="utf-8"))]
else:
    lay_out()
    mutants = statements.run(WORKSPACE)
    mutants += functions.run(WORKSPACE, children=os.process_cpu_count() or 1)
    results.write_text(json.dumps([asdict(mutant) for mutant in mutants]), encoding="utf-8")

reasons = report.explanations()
if found := report.problems(mutants, reasons):
    sys.exit("\n\n".join(found))
(ROOT / "docs/mutants.md").write_text(report.document(mutants, reasons), encoding="utf-8")
write_section(
    "Mutation testing",
    f"Written by `make mutants`. {report.summary(mutants)} By module, with the survivors: "
    "[mutants.md](mutants.md).",
)
sys.stdout.write(f"{report.summary(mutants)}\n")
