"""The JSON Schema of the files that people write, so that editors complete and check them."""

from __future__ import annotations

from typing import Any

from sim.business import Business


def schema(what: str) -> dict[str, Any]:
    """Of an experiment or a business file."""
    from experiments.experiment_file import ExperimentFile

    if what == "experiment":
        found = ExperimentFile.model_json_schema()
        defined = found["$defs"]
        kinds = [{"required": [name]} for name in ("values", "range", "distribution")]
        ways = [{"required": [name]} for name in ("runs", "outcome")]
        fields = list(defined["Variation"]["properties"])
        # Shorter spellings that are taken for the long ones.
        defined["Variation"] = {"anyOf": [{"type": "array", "minItems": 1}, {**defined["Variation"], "oneOf": kinds}]}
        defined["Replications"] = {"anyOf": [{"type": "integer", "minimum": 2},
                                             {**defined["Replications"], "oneOf": ways}]}
        # Keys may go without quotes, and are tables within tables then.
        nested = {"anyOf": [{"$ref": "#/$defs/Variation"}, {"$ref": "#/$defs/Variations"}]}
        defined["Variations"] = {"type": "object", "minProperties": 1, "propertyNames": {"not": {"enum": fields}},
                                 "additionalProperties": nested}
        for table in ("uncertainties", "levers"):
            found["properties"][table]["additionalProperties"] = nested
        found["title"] = "An experiment of amends"
    else:
        found = Business.model_json_schema()
        kinds = found["$defs"]["Failures"]["properties"].pop("kinds")
        found["$defs"]["Failures"]["required"] = ["per_encounter"]
        found["$defs"]["Failures"]["additionalProperties"] = kinds["additionalProperties"]
        found["title"] = "A business of amends"
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return found
