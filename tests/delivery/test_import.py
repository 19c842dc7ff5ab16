"""The documented command prepares the template for an import of what a deletion retains."""

import re
import subprocess
from pathlib import Path
from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from template.stages import title_of
from tests.template.reading import ROOT, STAGES, Json, read


def identifiers(kind: str) -> list[str]:
    """Return the properties that identify a resource, unless AWS alone sets them."""
    schema: Any = PROVIDER_SCHEMA_MANAGER.get_resource_schema("ap-southeast-1", kind).schema
    return [
        path.removeprefix("/properties/")
        for path in schema["primaryIdentifier"]
        if path not in schema.get("readOnlyProperties", [])
    ]


def test_what_is_retained_has_static_names_except_queues_which_cannot_be_imported(
    tmp_path: Path,
) -> None:
    text = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^    (sed .*) > import\.yaml$", text, flags=re.MULTILINE)
    file = tmp_path / "import.yaml"
    with file.open("wb") as output:
        subprocess.run(["bash", "-c", command], cwd=ROOT, stdout=output, check=True)

    def names(template: Json) -> dict[str, object]:
        return {
            title: resource["Properties"][identifier]
            for title, resource in template["Resources"].items()
            if "DeletionPolicy" in resource
            for identifier in identifiers(resource["Type"])
        }

    before, after = read(ROOT / "template.yaml"), read(file)
    assert names(after) == {
        "AuditBucket": "audit-logs-prod-ACCOUNT-ap-southeast-1",
        "AuditBucketPolicy": "audit-logs-prod-ACCOUNT-ap-southeast-1",
        "OutcomesTable": "outcomes-prod",
        "TransactionTable": "transactions-prod",
        **{f"{title_of(name)}LogGroup": f"/aws/lambda/{name}-prod" for name in STAGES},
    }
    retained = {t: r["Type"] for t, r in after["Resources"].items() if "DeletionPolicy" in r}
    assert {retained[title] for title in retained.keys() - names(after).keys()} == {
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    }
    for title in names(after):
        before["Resources"][title], after["Resources"][title] = {}, {}
    assert after == before
