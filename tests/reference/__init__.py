"""The model once more, slow and plain: docs/model.md section by section, in Mesa agents."""
