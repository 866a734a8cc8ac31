"""Reads the JSON that pip-audit writes, and ends with 1 if a weakness has a remedy."""

import json
import sys


def main() -> int:
    try:
        packages = json.load(sys.stdin)["dependencies"]
    except (ValueError, KeyError, TypeError):
        print("audit: no package index could be asked about known weaknesses")
        return 0
    asked = [package for package in packages if "vulns" in package]
    if not asked:
        print("audit: the package index knows nothing about weaknesses of the installed packages")
        return 0
    mended = 0
    for package in asked:
        for weakness in package["vulns"]:
            remedy = ", ".join(weakness["fix_versions"]) or "no version yet"
            name = f"{package['name']} {package['version']}"
            print(f"audit: {name} has {weakness['id']}, mended in {remedy}")
            mended += bool(weakness["fix_versions"])
    print(f"audit: {len(asked)} of {len(packages)} packages looked up")
    return 1 if mended else 0


sys.exit(main())
