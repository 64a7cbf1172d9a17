"""`./run bench [ROW …]`: measure, and write the table to var/bench/ (and to docs/bench.md with --publish)."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from bench import report

ROOT = Path(__file__).resolve().parent.parent
LINES, ACCOUNTS, OBSERVATIONS = 1_000, 20_000, 200_000
SQLITE_SHARE = 0.1
POSTGRES = "postgres://coe_ci:coe_ci@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/15"


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description="Measure the rows of the speed table; every figure is a ratio to a floor in the same run.",
    )
    parser.add_argument("rows", nargs="*", type=int, metavar="ROW", help="numbers of rows (default: all)")
    parser.add_argument(
        "--on",
        choices=["postgresql", "sqlite", "both"],
        default="both",
        help="which database (default: both)",
    )
    parser.add_argument(
        "--scale",
        type=float,
        default=float(os.environ.get("BENCH_SCALE", "1")),
        help="1 is 1,000 lines and 20,000 accounts, SQLite at a tenth (default: $BENCH_SCALE or 1)",
    )
    parser.add_argument(
        "--observations",
        type=int,
        default=OBSERVATIONS,
        help=f"at scale 1 (default: {OBSERVATIONS}; full: 5000000)",
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="rounds that count, after a warm-up (default: 5)"
    )
    parser.add_argument("--rebuild", action="store_true", help="build the world anew")
    parser.add_argument("--publish", action="store_true", help="also write docs/bench.md")
    parser.add_argument(
        "--postgres", default=os.environ.get("BENCH_POSTGRES", POSTGRES), help="server to make databases on"
    )
    parser.add_argument(
        "--redis", default=os.environ.get("BENCH_REDIS", REDIS), help="broker and cache beside PostgreSQL"
    )
    parser.add_argument(
        "--prefix", default="coe_bench", help="how names of the worlds begin (default: coe_bench)"
    )
    options = parser.parse_args()
    if options.rounds < 5:
        parser.error("--rounds: a median of fewer than 5 rounds says little")
    if options.scale <= 0:
        parser.error("--scale: more than 0")
    return options


def main() -> int:
    """Measure on each database in a process of its own, then write the table; 1 when a figure could not be had."""
    options = _parse()
    folder = Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve() / "bench"
    # whitenoise warns of a static folder that is not there.
    (folder / "staticfiles").mkdir(parents=True, exist_ok=True)
    rows = options.rows or list(range(1, 20))
    lanes, code = [], 0
    for database, share in (("postgresql", 1.0), ("sqlite", SQLITE_SHARE)):
        if options.on not in (database, "both"):
            continue
        print(f"{database}", flush=True)
        scale = options.scale * share
        output = folder / f"{database}.json"
        output.unlink(missing_ok=True)
        command = [
            sys.executable,
            "-m",
            "bench.lane",
            "--database",
            database,
            "--output",
            str(output),
            "--folder",
            str(folder),
        ]
        command += [
            "--lines",
            str(max(20, int(LINES * scale))),
            "--accounts",
            str(max(400, int(ACCOUNTS * scale))),
        ]
        command += [
            "--observations",
            str(max(3_000, int(options.observations * scale))),
            "--rounds",
            str(options.rounds),
        ]
        command += [
            "--rows",
            ",".join(map(str, rows)),
            "--postgres",
            options.postgres,
            "--redis",
            options.redis,
        ]
        command += ["--prefix", options.prefix, *(["--rebuild"] if options.rebuild else [])]
        environment = {**os.environ, "VAR_DIR": str(folder), "COE_MODE": "embedded"}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
        code = code or done.returncode
        if output.exists():
            lanes.append(json.loads(output.read_text(encoding="utf-8")))
    text = report.markdown(lanes, report.machine())
    (folder / "bench.md").write_text(text, encoding="utf-8")
    (folder / "bench.json").write_text(
        json.dumps({"machine": report.machine(), "lanes": lanes}, indent=1), encoding="utf-8"
    )
    if options.publish and not code:
        (ROOT / "docs" / "bench.md").write_text(text, encoding="utf-8")
    print("\n" + text)
    return code


if __name__ == "__main__":
    sys.exit(main())
