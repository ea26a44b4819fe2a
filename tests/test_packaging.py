"""What is installed: one wheel that holds the rules and the grammar, and a script that sets up."""

import os
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import policyengine
from policyengine.shipped import shipped

ROOT = Path(__file__).resolve().parents[1]

# --- the wheel -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as an installer lays it out, in a folder with a space in its name."""
    folder = tmp_path_factory.mktemp("site packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_installed(unpacked: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Python with the unpacked wheel in front of everything, away from the checkout."""
    return subprocess.run(
        [sys.executable, *args],
        cwd=unpacked.parent,
        env=os.environ | {"PYTHONPATH": str(unpacked), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("folder", ["rules", "grammar"])
def test_the_wheel_holds_the_whole_folder(wheel: Path, folder: str) -> None:
    in_checkout = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    prefix = "policyengine/_shipped/"
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = {
            name.removeprefix(prefix): archive.read(name)
            for name in archive.namelist()
            if name.startswith(f"{prefix}{folder}/")
        }
    assert in_checkout
    assert in_wheel == in_checkout


def test_the_wheel_holds_one_package_and_nothing_beside_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    info = f"trust_policy_engine-{policyengine.__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"policyengine", info}
    assert "policyengine/py.typed" in names
    assert f"{info}/licenses/LICENSE" in names
    assert [name for name in names if "__pycache__" in name or name.endswith(".pyc")] == []


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    info = f"trust_policy_engine-{policyengine.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        said = message_from_bytes(archive.read(f"{info}/METADATA"))
        commands = archive.read(f"{info}/entry_points.txt").decode()
    assert said["Name"] == "trust-policy-engine"
    assert said["Version"] == policyengine.__version__
    assert said["Requires-Python"] == ">=3.11"
    assert said["License-Expression"] == "Apache-2.0"
    assert "trustpolicy = policyengine.commands.main:main" in commands


def test_an_installed_package_uses_what_it_ships(unpacked: Path) -> None:
    ran = run_installed(
        unpacked,
        "-c",
        "from policyengine.shipped import shipped; print(shipped('rules')); print(shipped('grammar'))",
    )
    home = unpacked / "policyengine" / "_shipped"
    assert ran.stdout.splitlines() == [str(home / "rules"), str(home / "grammar")], ran.stderr


def test_an_installed_package_runs_its_demo(unpacked: Path) -> None:
    ran = run_installed(unpacked, "-m", "policyengine", "demo", "--format", "text")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout
    assert str(ROOT) not in ran.stdout


# --- the checkout --------------------------------------------------------------------------


def test_a_checkout_uses_its_own_rules() -> None:
    assert shipped("rules") == ROOT / "rules"
    assert shipped("grammar/policy.lark") == ROOT / "grammar" / "policy.lark"


def test_what_is_not_shipped_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="nowhere is missing from this installation"):
        shipped("nowhere")


def test_the_launcher_is_the_command() -> None:
    outputs = [
        subprocess.run(
            [sys.executable, *args, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for args in (["cli.py"], ["-m", "policyengine"])
    ]
    assert outputs[0] == outputs[1] != ""


def test_the_launcher_says_what_to_do_where_nothing_is_installed() -> None:
    ran = subprocess.run(
        [sys.executable, "-S", "-P", "cli.py", "--help"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 3
    assert "./setup" in ran.stderr
    assert "Traceback" not in ran.stderr


# --- ./setup -------------------------------------------------------------------------------

TOOLS = ("sh", "dirname", "mktemp", "rm", "mkdir", "cat", "tail", "grep", "readlink")


class Machine:
    """A copy of the checkout's `setup` and a PATH with what this machine has, and no more."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "a check out"
        self.path = folder / "bin"
        self.calls = folder / "calls"
        for made in (self.checkout, self.path):
            made.mkdir()
        shutil.copy(ROOT / "setup", self.checkout / "setup")
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found
            (self.path / tool).symlink_to(found)

    def has(self, name: str, script: str) -> None:
        """Put a stand-in on the PATH that notes how it was called."""
        stand_in = self.path / name
        stand_in.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.calls}"\n{script}\n')
        stand_in.chmod(0o755)

    def has_environment(self) -> Path:
        """A whole environment without pip, as uv leaves it; its Python can import anything."""
        env = self.checkout / ".venv"
        (env / "bin").mkdir(parents=True)
        (env / "pyvenv.cfg").touch()
        (env / "bin" / "activate").write_text(f'VIRTUAL_ENV="{env}"\n')
        (env / "bin" / "python").write_text('#!/bin/sh\ncase "$*" in *pip*) exit 1;; esac\n')
        (env / "bin" / "python").chmod(0o755)
        return env

    def sets_up(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.checkout / "setup"), *args],
            cwd=self.path,  # from somewhere else
            env={"PATH": str(self.path)},
            capture_output=True,
            text=True,
            check=False,
        )

    def was_called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path.resolve())


MAKES_AN_ENVIRONMENT = """
for last; do :; done
case "$1 $2" in
    'venv '* | '-m venv')
        mkdir -p "$last/bin"; : >"$last/pyvenv.cfg"; echo "VIRTUAL_ENV='$last'" >"$last/bin/activate"
        printf '#!/bin/sh\\ncase "$*" in *"-m pip"*) exit %d;; esac\\n' "$PIP_INSIDE" >"$last/bin/python"
        "$CHMOD" +x "$last/bin/python" ;;
esac
"""


def test_setup_knows_its_options(machine: Machine) -> None:
    ran = machine.sets_up("--deb")
    assert ran.returncode == 2
    assert "--deb" in ran.stderr
    assert machine.sets_up("--help").returncode == 0


def test_setup_names_one_thing_to_install_where_there_is_no_python(machine: Machine) -> None:
    ran = machine.sets_up()
    assert ran.returncode == 3
    assert "no Python 3.11 or later" in ran.stderr
    assert "apt-get install python3-venv" in ran.stderr


def test_setup_does_not_take_an_older_python(machine: Machine) -> None:
    machine.has("python3", 'case "$*" in *version_info*) exit 1;; esac')
    ran = machine.sets_up()
    assert ran.returncode == 3
    assert "no Python 3.11 or later" in ran.stderr


def test_setup_names_one_thing_to_install_where_python_is_bare(machine: Machine) -> None:
    machine.has("python3", 'case "$*" in *"import venv"* | *"-m pip"*) exit 1;; esac')
    ran = machine.sets_up()
    assert ran.returncode == 3
    assert "apt-get install python3-venv" in ran.stderr
    assert not (machine.checkout / ".venv").exists()


def test_setup_keeps_a_whole_environment_that_it_cannot_better(machine: Machine) -> None:
    env = machine.has_environment()
    assert machine.sets_up().returncode == 3
    assert (env / "bin" / "activate").exists()


def stand_in(pip_inside: bool) -> str:
    chmod = shutil.which("chmod")
    return f"PIP_INSIDE={0 if pip_inside else 1} CHMOD={chmod}\n{MAKES_AN_ENVIRONMENT}"


def test_setup_takes_uv_first(machine: Machine) -> None:
    machine.has("uv", stand_in(pip_inside=False))
    machine.has("python3", stand_in(pip_inside=True))
    ran = machine.sets_up("--dev")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith("Ready. Next: .venv/bin/pytest\n")
    env = machine.checkout / ".venv"
    assert f"uv pip install --quiet --python {env}/bin/python --editable .[report,bulk,dev]" in (
        machine.was_called()
    )


def test_setup_takes_venv_where_there_is_no_uv(machine: Machine) -> None:
    machine.has("python3", stand_in(pip_inside=True))
    ran = machine.sets_up()
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith("Ready. Next: .venv/bin/trustpolicy demo\n")
    assert f"python3 -m venv {machine.checkout}/.venv" in machine.was_called()


def test_setup_takes_the_pip_outside_where_venv_cannot_bring_its_own(machine: Machine) -> None:
    no_ensurepip = 'case "$*" in *"import venv, ensurepip"*) exit 1;; esac\n'
    offers = 'case "$*" in "-m pip help") echo "  --python <python>";; esac\n'
    machine.has("python3", no_ensurepip + offers + stand_in(pip_inside=False))
    ran = machine.sets_up()
    assert ran.returncode == 0, ran.stderr
    env = machine.checkout / ".venv"
    assert f"python3 -m venv --without-pip {env}" in machine.was_called()
    assert (
        f"python3 -m pip --python {env}/bin/python install --quiet --editable .[report,bulk]"
        in (machine.was_called())
    )


def test_setup_makes_a_half_made_environment_anew(machine: Machine) -> None:
    (machine.checkout / ".venv" / "lib" / "left behind").mkdir(parents=True)
    machine.has("python3", stand_in(pip_inside=True))
    ran = machine.sets_up()
    assert ran.returncode == 0, ran.stderr
    assert not (machine.checkout / ".venv" / "lib" / "left behind").exists()


def test_setup_tells_what_the_installer_said(machine: Machine) -> None:
    machine.has("uv", stand_in(pip_inside=False) + 'case $1 in pip) echo "no route"; exit 1;; esac')
    ran = machine.sets_up()
    assert ran.returncode == 3
    assert "no route" in ran.stderr
    assert "could not be installed" in ran.stderr
