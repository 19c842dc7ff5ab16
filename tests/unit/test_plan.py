"""The planned deployment, from samconfig.toml and a template."""

from pathlib import Path

import pytest

from ops.plan import NoPlan, Plan
from tests.unit.plans import CONFIGURED, a_folder

GLOBAL_ONLY = """
[default.global.parameters]
stack_name = "pipeline-dev"
region = "eu-west-1"
parameter_overrides = ["EnvironmentSuffix=x"]
"""


def test_reads_what_the_environment_says(tmp_path: Path) -> None:
    plan = Plan.read(a_folder(tmp_path), "default")

    assert (plan.stack_name, plan.suffix, plan.region) == ("pipeline-dev", "dev", "eu-west-1")
    assert list(plan.names("000000000000")) == [
        ("AWS::S3::Bucket", "logs-dev-000000000000-eu-west-1"),
        ("AWS::IAM::Role", "always-the-same"),
    ]
    assert plan.reservations() == [7]
    assert plan.runtimes() == ["python3.12", "python3.13"]


def test_reads_overrides_as_sam_deploy_guided_writes_them(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    file = folder / "samconfig.toml"
    text = file.read_text()
    listed = '["EnvironmentSuffix=dev", "AlertEmail=a@b.example"]'
    assert listed in text
    file.write_text(text.replace(listed, """ 'EnvironmentSuffix="dev" AlertEmail="a b"' """))

    assert Plan.read(folder, "default").suffix == "dev"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"{CONFIGURED.format(build='')}stack_name = 'other'\nregion = 'us-east-1'\n",
            ("other", "dev", "us-east-1", None),
        ),
        (
            "[default.deploy.parameters]\nstack_name = 'deployed'\nprofile = 'work'\n",
            ("deployed", "dev", "eu-north-1", "work"),
        ),
        (
            GLOBAL_ONLY,
            ("pipeline-dev", "x", "eu-west-1", None),
        ),
    ],
    ids=["deploy precedes global", "deploy only", "global only"],
)
def test_plans_the_stack_that_sam_would_deploy(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    expected: tuple[str, str, str, str | None],
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = eu-north-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    (a_folder(tmp_path) / "samconfig.toml").write_text(text)

    plan = Plan.read(tmp_path, "default")

    assert (plan.stack_name, plan.suffix, plan.region, plan.profile) == expected


def test_reports_that_there_is_no_region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    text = "[default.deploy.parameters]\nstack_name = 's'\n"
    (a_folder(tmp_path) / "samconfig.toml").write_text(text)

    with pytest.raises(NoPlan) as raised:
        Plan.read(tmp_path, "default")

    assert str(raised.value) == (
        f"{tmp_path}/samconfig.toml: [default] has no region; add one, or set AWS_DEFAULT_REGION"
    )


def test_another_suffix_is_another_stack(tmp_path: Path) -> None:
    plan = Plan.read(a_folder(tmp_path), "default", "blue")

    assert (plan.stack_name, plan.suffix) == ("pipeline-blue", "blue")


def test_an_environment_may_have_a_template_of_its_own(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, 'template_file = "other.yaml"', "other.yaml")

    assert "Bucket" in Plan.read(folder, "default").template["Resources"]


def test_says_where_to_run_it_when_there_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(NoPlan) as raised:
        Plan.read(tmp_path, "default")

    assert str(raised.value) == (
        f"{tmp_path}/samconfig.toml: No such file or directory; "
        "run the command in the folder of samconfig.toml"
    )


@pytest.mark.parametrize(
    ("environment", "text", "sentence"),
    [
        (
            "default",
            CONFIGURED.format(build="").replace("=dev", '=\\"dev'),
            '[default]: parameter_overrides: EnvironmentSuffix="dev is not a valid format.',
        ),
        (
            "nothing",
            f"{CONFIGURED.format(build='')}[prod]\n",
            "no environment nothing; known environments: default, prod",
        ),
        (
            "version",
            f"version = 0.1\n{CONFIGURED.format(build='')}",
            "no environment version; known environments: default",
        ),
        (
            "default",
            "[default.global.parameters]\n",
            "[default.deploy.parameters] has no stack_name",
        ),
        ("default", "[default]\ndeploy = 1\n", "[default.deploy.parameters] must be a table"),
        ("default", "[default", "Unexpected end of file at line 1 col 8"),
    ],
)
def test_says_what_the_configuration_lacks(
    tmp_path: Path, environment: str, text: str, sentence: str
) -> None:
    (a_folder(tmp_path) / "samconfig.toml").write_text(text)

    with pytest.raises(NoPlan) as raised:
        Plan.read(tmp_path, environment)

    assert str(raised.value).startswith(f"{tmp_path}/samconfig.toml: {sentence}")
