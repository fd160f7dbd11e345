"""What a release holds: one version, complete distributions, a citation and a workflow that are
valid."""

import json
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from importlib import metadata
from pathlib import Path

import pytest
from check_jsonschema import main as check
from ruamel.yaml import YAML
from small import small_config

import pulsetrain
from pulsetrain import __version__

ROOT = Path(__file__).parent.parent
CITATION = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def files_of_the_repository() -> set[str]:
    """All files of this repository, or of the source distribution that the tests run from."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True,
                                text=True, check=True).stdout.split("\0")
        return {name for name in listed if (ROOT / name).is_file()}
    return set((ROOT / "pulsetrain.egg-info" / "SOURCES.txt").read_text().splitlines())


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The distributions: the source distribution of a copy of the repository, and the wheel that is
    made from it."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for name in files_of_the_repository():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    ended = subprocess.run([sys.executable, "-P", "-m", "build", "--no-isolation", "--outdir",
                            built, source], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return built


def test_the_distributions_have_one_name_and_version_and_pass_twine(dist, capsys):
    from twine.commands.check import check as twine_check

    files = sorted(map(str, dist.iterdir()))
    assert [Path(file).name for file in files] == [
        f"pulsetrain-{__version__}-py3-none-any.whl", f"pulsetrain-{__version__}.tar.gz"]
    assert not twine_check(files, strict=True), capsys.readouterr().out


def test_the_source_distribution_holds_the_repository(dist):
    file, = dist.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert files_of_the_repository() - names <= {".gitignore"}
    extra = {name for name in names if Path(name).suffix in (".pyc", ".nbi", ".nbc", ".part")}
    assert not extra


def test_the_metadata(dist):
    file, = dist.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        name, = (name for name in archive.namelist() if name.endswith("/METADATA"))
        got = message_from_string(archive.read(name).decode())
        held = archive.namelist()
    assert got["Version"] == __version__
    assert got["License-Expression"] == CITATION["license"] == "Apache-2.0"
    assert any(name.endswith("/licenses/LICENSE") for name in held)
    assert got["Requires-Python"] == ">=3.11"
    versions = {line.rpartition(" :: ")[2] for line in got.get_all("Classifier")}
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    for tested in re.findall(r"python: (\[.*\])", workflow):
        assert set(json.loads(tested)) == {"3.11", "3.12", "3.13"} <= versions
    assert not got.get_all("Project-URL")  # the project has no address yet
    assert set(got.get_all("Provides-Extra")) >= {"all", "docs", "fpga", "litex", "report", "sim",
                                                  "sweep", "tune", "watch", "weights", "xlsx"}


def test_everything_has_the_version_of_the_package(tmp_path):
    numbers = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", __version__)
    assert metadata.version("pulsetrain") == __version__
    assert CITATION["version"] == __version__
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(__version__)}\]", changes, re.MULTILINE)
    manifest = pulsetrain.generate(small_config(), tmp_path)
    assert manifest["generator"] == f"pulsetrain {__version__}"
    assert f"; pulsetrain {__version__}." in (tmp_path / "pulsetrain.v").read_text()
    major, minor, patch = map(int, numbers.groups())
    assert next(each["reset"] for each in manifest["registers"]
                if each["name"] == "version") == major << 16 | minor << 8 | patch


@pytest.mark.parametrize(("schema", "file"), [
    ("citation-file-format", "CITATION.cff"),
    ("github-workflows", ".github/workflows/ci.yml"),
])
def test_files_for_others_have_the_form_that_they_must_have(schema, file):
    with pytest.raises(SystemExit) as ended:
        check(["--builtin-schema", f"vendor.{schema}", str(ROOT / file)])
    assert not ended.value.code


def test_the_workflow_runs_the_commands_with_pinned_actions():
    workflow = YAML(typ="safe").load((ROOT / ".github/workflows/ci.yml").read_text())
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    commands = {step["run"] for step in steps if "run" in step}
    assert {"make demo", "make test", "make docs", "make dist"} <= commands
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {command.removeprefix("make ") for command in commands
            if command.startswith("make ")} <= targets
    for step in steps:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step.get("uses", f"a/b@{'0' * 40}"))
