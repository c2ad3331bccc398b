"""The constants of human nature as the Markdown table of `docs/model.md`.

    python -m benchmarks.constants
"""

from __future__ import annotations

from sim.psychology import Psychology


def table() -> str:
    """One row per constant: name, value, unit, what it is, the range worth exploring, where it comes from."""
    lines = ["| constant | value | unit | what it is | explore | source |", "| --- | --- | --- | --- | --- | --- |"]
    for name, field in Psychology.model_fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        low, high = extra["sweep"]  # type: ignore[misc, index]
        lines.append(f"| `{name}` | {field.default:g} | {extra['unit']} | {field.description} | {low:g} to {high:g} | "
                     f"{extra['source']} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
