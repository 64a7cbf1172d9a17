"""The locks install anywhere: hashes for everything, no address, and one set of versions."""

import re
import tomllib
from importlib.metadata import distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import read

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_ADDRESS = re.compile(r"https?://|file:|^\s*--(?!hash=)|@ ", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    """Name → version."""
    return {canonicalize_name(name): version for name, version in _PIN.findall(lock)}


def addresses(lock: str) -> list[str]:
    """Whatever tells where a package came from."""
    return _ADDRESS.findall(lock)


def unhashed(lock: str) -> list[str]:
    """Pinned packages without a hash."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", lock)
    return [block.split("==")[0] for block in blocks if "==" in block and "--hash=sha256:" not in block]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_hashes_and_no_address(name: str) -> None:
    assert addresses(read(name)) == []
    assert unhashed(read(name)) == []


def test_the_dev_lock_holds_the_runtime_lock() -> None:
    runtime, dev = pins(read("requirements.lock")), pins(read("requirements-dev.lock"))

    assert {name: dev.get(name) for name in runtime} == runtime


def test_the_locks_satisfy_the_project_file() -> None:
    data = tomllib.loads(read("pyproject.toml"))
    wanted = [(text, "requirements.lock") for text in data["project"]["dependencies"]]
    wanted += [(text, "requirements-dev.lock") for text in data["dependency-groups"]["dev"]]
    unmet = []
    for text, lock in wanted:
        requirement = Requirement(text)
        version = pins(read(lock)).get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            unmet.append((text, version))

    assert unmet == []


def _here(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def test_the_dev_lock_names_all_that_its_packages_need() -> None:
    """`./run` installs with --no-deps; what a package needs and the lock forgot would be missing at run time."""
    lock = pins(read("requirements-dev.lock"))
    wanted = [
        (name, requirement)
        for name in lock
        if (found := next(iter(distributions(name=name)), None))
        for requirement in map(Requirement, found.requires or [])
        if _here(requirement)
    ]
    unmet = [
        f"{name} needs {requirement}"
        for name, requirement in wanted
        if not requirement.specifier.contains(
            lock.get(canonicalize_name(requirement.name), "0.dev0"), prereleases=True
        )
        or canonicalize_name(requirement.name) not in lock
    ]

    assert len(wanted) > 50
    assert unmet == []


def test_an_address_or_a_missing_hash_is_found() -> None:
    assert addresses("--pre\nsix==1 \\\n    --hash=sha256:0\n") == ["--"]
    assert addresses("six @ https://x/six.whl\n") == ["@ ", "https://"]
    assert unhashed("six==1\n    # via x\nfoo==2 \\\n    --hash=sha256:0\n") == ["six"]
