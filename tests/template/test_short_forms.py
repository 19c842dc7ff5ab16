"""A template's YAML in short form is equal to its JSON."""

import json
from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse

from template import short_forms
from template.pipeline import build_template
from template.settings import Settings


def test_the_yaml_of_the_template_is_its_json() -> None:
    content = json.loads(build_template(Settings()).to_json())
    assert yaml_parse(short_forms.to_yaml(content)) == content


@pytest.mark.parametrize(
    ("content", "yaml"),
    [
        ({"A": {"Ref": "Table"}}, "A: !Ref Table\n"),
        ({"A": {"Condition": "HasEmail"}}, "A: !Condition HasEmail\n"),
        ({"A": {"Fn::GetAtt": ["Table", "Arn"]}}, "A: !GetAtt Table.Arn\n"),
        ({"A": {"Fn::Sub": "a-${B}"}}, "A: !Sub a-${B}\n"),
        ({"A": {"Fn::Not": [{"Ref": "B"}]}}, "A: !Not\n- !Ref B\n"),
        ({"Ref": "B", "A": {}}, "Ref: B\nA: {}\n"),
        ({"A": "yes", "B": "202", "C": 202}, "A: 'yes'\nB: '202'\nC: 202\n"),
        ({"A": "one\ntwo\n"}, "A: |\n  one\n  two\n"),
        ({"A": {"Fn::Sub": "one\ntwo\n"}}, "A: !Sub |\n  one\n  two\n"),
        ({"A": f"{'word ' * 50}end"}, f"A: >-\n  {'word ' * 39}word\n  {'word ' * 10}end\n"),
    ],
)
def test_writes_short_forms(content: dict[str, Any], yaml: str) -> None:
    written = short_forms.to_yaml(content)
    assert written == yaml
    assert yaml_parse(written) == content
