"""Published findings, and one story, as virtual experiments on the same engine: V1 to V17."""
