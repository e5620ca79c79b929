"""The table that people read."""

COLUMNS = ("raw", "zooid", "c-tuned", "c")
HEADINGS = {"raw": "raw", "zooid": "zooid", "c-tuned": "C tuned", "c": "C default"}
TITLES = {"stub": "Stub server (canned replies)", "real": "Apache ZooKeeper"}


def _number(value, digits):
    return "-" if value is None else f"{value:,.{digits}f}"


def _ratio(medians, other):
    mine, theirs = medians.get("zooid"), medians.get(other)
    if mine is None or not theirs:
        return "-"
    ratio = mine / theirs
    return f"{ratio:.3f}" if ratio < 0.1 else f"{ratio:.2f}"


def _verdict(record):
    if not record["target"]:
        return ""
    mark = {True: "met", False: "MISSED", None: "not measured"}[record["met"]]
    return f"{record['target']}: {mark}"


def render(records, rounds):
    """All records as text, a block for every server."""
    lines = [f"Medians of {rounds} alternating rounds. zooid/X: Zooid's figure divided by X's."]
    for server, title in TITLES.items():
        rows = [record for record in records if record["server"] == server]
        if not rows:
            continue
        heading = "".join(f"{HEADINGS[side]:>12}" for side in COLUMNS)
        lines += ["", title, f"{'':42}{heading}{'zooid/raw':>11}{'zooid/tuned':>13}  target", "-" * 132]
        for row in rows:
            medians = row["medians"]
            numbers = "".join(f"{_number(medians.get(side), row['digits']):>12}" for side in COLUMNS)
            label = f"{row['figure']}, {row['unit']}"
            lines.append(f"{label:42}{numbers}{_ratio(medians, 'raw'):>11}{_ratio(medians, 'c-tuned'):>13}  "
                         f"{_verdict(row)}".rstrip())
    return "\n".join(lines)
