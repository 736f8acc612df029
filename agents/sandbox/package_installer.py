"""Installs one package beside the sandbox's own: runs inside the sandbox, reads what to do from standard input.

What the environment holds already is not installed again. Never imported; its text is given to `python -I -c`.
"""

import json
import os
import subprocess
import sys
import tempfile

order = json.load(sys.stdin)
os.environ.update(order["environ"])
if order["certificates"]:
    with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as trusted:
        trusted.write(order["certificates"])
    os.environ["PIP_CERT"] = trusted.name
PIP = [sys.executable, "-I", "-m", "pip", "--no-input", "--disable-pip-version-check", "--no-cache-dir", "--retries=2"]


def pip(*arguments: str) -> int:
    return subprocess.run([*PIP, *arguments], stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT).returncode


def install(*how: str) -> int:
    """Find out what is missing, then install exactly that."""
    report = os.path.join(tempfile.mkdtemp(), "report.json")
    code = pip("install", "--dry-run", "--quiet", "--report", report, *how, "--", order["package"])
    if code:
        return code
    with open(report, encoding="utf-8") as file:
        found = [item["metadata"] for item in json.load(file)["install"]]
    exact = [f"{item['name']}=={item['version']}" for item in found]
    if not exact:
        print(f"{order['package']} is there already")
        return 0
    code = pip(
        "install", "--no-deps", "--upgrade", "--progress-bar", "off", "--quiet", "--target", order["target"], *how,
        "--", *exact,
    )  # fmt: skip
    if not code:
        print(", ".join(f"{item['name']} {item['version']}" for item in found))
    return code


code = install("--only-binary", ":all:")
if code and order["may_build"]:
    print("No wheel fits; trying to build it from source.", flush=True)
    code = install()
sys.exit(code)
